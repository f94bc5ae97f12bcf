/** Longer than the time-out that all clients have. */
const PATIENCE_MS = 45_000;

/**
 * A promise that is never settled would keep the process waiting for ever, or end it without a word.
 *
 * @param {Promise<void>} calls
 */
export async function settled(calls, patienceMs = PATIENCE_MS) {
  const late = new Error(`A call was not settled after ${patienceMs / 1000} s`);
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(reject, patienceMs, late);
  });
  try {
    await Promise.race([calls, patience]);
  } finally {
    clearTimeout(timer);
  }
}
