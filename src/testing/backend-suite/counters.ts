/** Unsigned counters of 64 bits. */
import { type CacheBackend, InvalidValueError } from '../../index.ts';
import { expectEqual, expectRejection } from './expectation.ts';
import type { Scenario } from './scenario.ts';

const NO_COUNTERS: readonly unknown[] = ['text', '', -5, 1.5, null, true, { a: 1 }, [5], Uint8Array.of(200)];

export const counterScenarios: readonly Scenario[] = [
  {
    name: 'a counter steps by any delta, and resolves to a bigint',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      await backend.set(name, 41, null);
      for (const [delta, count] of [
        [1n, 42n],
        [10n, 52n],
        [-10n, 42n],
        [0n, 42n],
        [-2n, 40n],
      ] as const) {
        expectEqual(await step(backend, name, delta), count, `incr by ${delta}`);
        expectEqual(await backend.get(name), Number(count), `get after incr by ${delta}`);
      }
    },
  },
  {
    name: 'a counter stops at 0',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      await backend.set(name, 5, null);
      expectEqual(await step(backend, name, -6n), 0n, 'incr of 5 by -6');
      expectEqual(await backend.get(name), 0, 'get after incr of 5 by -6');
      expectEqual(await step(backend, name, -1n), 0n, 'incr of 0 by -1');
      expectEqual(await step(backend, name, 2n), 2n, 'incr of 0 by 2');
    },
  },
  {
    name: 'a missing counter is made of the initial value, and of nothing else',
    readsBack: true,
    async check({ backend, key }) {
      const [name, down, gone] = [key(), key(), key()];
      const making = { delta: 5n, initial: 100n, ttl: null };
      expectEqual(await backend.incr(name, making), 100n, 'incr by 5 of a missing key with initial 100');
      expectEqual(await backend.get(name), 100, 'get of a counter made of 100');
      expectEqual(await backend.incr(name, making), 105n, 'incr by 5 of 100 with initial 100');
      const makingDown = { delta: -5n, initial: 3n, ttl: null };
      expectEqual(await backend.incr(down, makingDown), 3n, 'incr by -5 of a missing key with initial 3');
      expectEqual(
        await backend.incr(gone, { ...making, ttl: 0 }),
        100n,
        'incr of a missing key with initial 100 and ttl 0',
      );
      expectEqual(await backend.get(gone), undefined, 'get of a counter made with ttl 0');
    },
  },
  {
    name: 'a counter has 64 bits, and wraps',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      const initial = 2n ** 53n - 1n;
      await backend.incr(name, { delta: 1n, initial, ttl: null });
      expectEqual(await backend.get(name), Number(initial), 'get of a counter of 2^53 - 1');
      expectEqual(await step(backend, name, 2n), 2n ** 53n + 1n, 'incr of 2^53 - 1 by 2');
      expectEqual(await backend.get(name), 2n ** 53n + 1n, 'get of a counter of 2^53 + 1');
      const top = 2n ** 64n - 1n;
      expectEqual(await step(backend, name, top - (2n ** 53n + 1n)), top, 'incr up to 2^64 - 1');
      expectEqual(await step(backend, name, 3n), 2n, 'incr of 2^64 - 1 by 3');
      expectEqual(await step(backend, name, top - 2n), top, 'incr of 2 up to 2^64 - 1');
      expectEqual(await step(backend, name, -top), 0n, 'incr of 2^64 - 1 by -(2^64 - 1)');
    },
  },
  {
    name: 'what is no whole number from 0 does not count, and is left',
    readsBack: true,
    async check({ backend, key }) {
      for (const value of NO_COUNTERS) {
        const name = key();
        await backend.set(name, value, null);
        const shown = value instanceof Uint8Array ? 'bytes' : JSON.stringify(value);
        await expectRejection(() => step(backend, name, 1n), InvalidValueError, `incr of ${shown}`);
        await expectRejection(() => step(backend, name, -1n), InvalidValueError, `incr by -1 of ${shown}`);
        expectEqual(await backend.get(name), value, `get after incr of ${shown}`);
      }
    },
  },
];

function step(backend: CacheBackend, key: string, delta: bigint): Promise<bigint | undefined> {
  return backend.incr(key, { delta, initial: undefined, ttl: null });
}
