import type { Worker } from 'node:worker_threads';
import { properties } from './properties.ts';

/** No round takes a tenth of this, also on a busy machine. */
const HANG_MS = 120_000;
const LOOK_MS = 1_000;

/**
 * Resolves to the exit code of a thread of {@link Fuzzing}; to 1 where it stops getting on.
 *
 * @param beat rounds done, and the property tried now.
 */
export function watch(worker: Worker, beat: Int32Array): Promise<number> {
  return new Promise((resolve) => {
    let rounds = 0;
    let since = performance.now();
    const timer = setInterval(() => {
      const done = Atomics.load(beat, 0);
      if (done !== rounds) since = performance.now();
      rounds = done;
      if (performance.now() - since < HANG_MS) return;
      const name = properties[Atomics.load(beat, 1)]?.name;
      console.error(`Failed: no end within ${HANG_MS / 1000} s, after ${rounds} rounds: ${name}`);
      finish(1);
      void worker.terminate();
    }, LOOK_MS);
    const finish = (code: number): void => {
      clearInterval(timer);
      resolve(code);
    };
    worker.once('error', (error) => {
      console.error(error);
      finish(1);
    });
    worker.once('exit', finish);
  });
}
