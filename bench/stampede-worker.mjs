import { setTimeout as delay } from 'node:timers/promises';

// One process of a stampede. Told of a key and a moment, it calls for the key at that moment, and tells how
// often its factory was called, which values came and how long it took.
const { module, target, factoryMs } = JSON.parse(process.argv[2]);
const { open } = await import(`./stampede/${module}.mjs`);
const session = open(target);
// Whatever connects or compiles at the first call is not what is measured.
await session.getOrSet(`warm:${process.pid}`, async () => 'warm', 5_000);
process.send?.({ ready: true });

process.on('message', async ({ key, at, callers, waitMs, hang }) => {
  try {
    await delay(at - Date.now());
    process.send?.({ result: await stampede(key, callers, waitMs, hang) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());

/**
 * @param {string} key
 * @param {number} callers
 * @param {number} waitMs
 * @param {boolean} hang Compute for ever: this process is to be killed.
 */
async function stampede(key, callers, waitMs, hang) {
  let factoryCalls = 0;
  const factory = async () => {
    factoryCalls += 1;
    process.send?.({ computing: true });
    await delay(hang ? 600_000 : factoryMs);
    return { madeBy: process.pid };
  };
  const startedAt = performance.now();
  const values = await Promise.all(
    Array.from({ length: callers }, () => session.getOrSet(key, factory, waitMs)),
  );
  const milliseconds = performance.now() - startedAt;
  return { factoryCalls, milliseconds, makers: [...new Set(values.map(({ madeBy }) => madeBy))] };
}
