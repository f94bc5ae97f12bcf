import { attempt } from './runner.mjs';
import { Servers } from './servers.mjs';

/**
 * Every subject doing its test, in each round, on servers started for it.
 *
 * @param {readonly { test: import('./cases.mjs').Case, subjects: readonly import('./subjects.mjs').Subject[] }[]} plan
 * @param {number} rounds
 * @param {import('./runner.mjs').Pace} pace
 * @returns {Promise<import('./summary.mjs').Trial[]>}
 */
export async function runRounds(plan, rounds, pace) {
  /** @type {import('./summary.mjs').Trial[]} */
  const trials = [];
  const servers = new Servers();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { test, subjects } of plan) {
        // Each round begins with another client: who comes after a busy one may find a warmer machine.
        for (let i = 0; i < subjects.length; i++) {
          const subject = /** @type {typeof subjects[0]} */ (subjects[(i + round) % subjects.length]);
          progress(`round ${round + 1} of ${rounds}: ${test.name}, ${subject.name}`);
          trials.push({ subject, test, attempt: await attempt(servers, subject, test, pace) });
        }
      }
    }
  } finally {
    progress('');
    await servers.close();
  }
  return trials;
}

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
