/**
 * Tries the properties of `fuzz/` on ever new input:
 *
 *   npm run fuzz -- [--minutes 1] [--seed 1] [--only 'reply parser'] [--path 12:0:1]
 */
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Fuzzing, type FuzzOptions } from './fuzzing.ts';
import { properties } from './properties.ts';
import { watch } from './watch.ts';

/** What any input may make the parts hold, many times over. */
const MAX_HEAP_MB = 1024;

if (isMainThread) {
  process.exitCode = await main();
} else {
  const { options, beat } = workerData as { options: FuzzOptions; beat: SharedArrayBuffer };
  process.exitCode = (await new Fuzzing(options, new Int32Array(beat)).run()) ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
      only: { type: 'string' },
      path: { type: 'string' },
    },
  });
  const options: FuzzOptions = {
    minutes: number('minutes', values.minutes),
    seed: number('seed', values.seed),
    only: values.only,
    path: values.path,
  };
  if (Fuzzing.chosen(options).length === 0) {
    const names = new Set(properties.map(({ name }) => name.split(':')[0]));
    throw new Error(`--only is a part of a name: ${[...names].join(', ')}`);
  }
  console.log(`Seed ${options.seed}, ${options.minutes} min`);
  const beat = new SharedArrayBuffer(8);
  // The input that never comes to an end stops its own thread, not the one that tells.
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { options, beat },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return watch(worker, new Int32Array(beat));
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name} must be a number from 0`);
  return value;
}
