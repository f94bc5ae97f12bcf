import type { CacheEntry } from '../../../src/index.ts';
import type { DefectTable } from './defect.ts';

export const ttlDefects: DefectTable = {
  'a ttl of 0 or less is expired at once': {
    'set takes 0 for never': (right) => ({
      set: (key, value, ttl) => right.set(key, value, ttl === 0 ? null : ttl),
    }),
    'set takes what is negative for never': (right) => ({
      set: (key, value, ttl) => right.set(key, value, ttl !== null && ttl < 0 ? null : ttl),
    }),
    'set cuts fractions below 0': (right) => ({
      set: (key, value, ttl) => right.set(key, value, ttl !== null && Math.trunc(ttl) === 0 ? 1 : ttl),
    }),
    'set with 0 stores nothing and leaves what is there': (right) => ({
      set: async (key, value, ttl) => (ttl !== null && ttl <= 0) || right.set(key, value, ttl),
    }),
    'add with 0 is false': (right) => ({
      add: async (key, value, ttl) => (ttl === null || ttl > 0) && right.add(key, value, ttl),
    }),
    'add with 0 drops what is there': (right) => ({
      add: async (key, value, ttl) => {
        if (ttl !== null && ttl <= 0) await right.delete(key);
        return right.add(key, value, ttl);
      },
    }),
    'setMany with 0 names its keys as failed': (right) => ({
      setMany: async (entries, ttl) =>
        ttl !== null && ttl <= 0 ? [...entries.keys()] : right.setMany(entries, ttl),
    }),
    'touch with 0 lasts for ever': (right) => ({ touch: (key, ttl) => right.touch(key, ttl || null) }),
    'touch with 0 is false': (right) => ({
      touch: async (key, ttl) => (await right.touch(key, ttl)) && (ttl === null || ttl > 0),
    }),
  },
  'null and ttls of any length last': {
    'null is expired at once': (right) => ({ set: (key, value, ttl) => right.set(key, value, ttl ?? 0) }),
    'more than 30 days is a date': (right) => ({
      add: (key, value, ttl) =>
        right.add(key, value, ttl !== null && ttl > 2_592_000 ? ttl - Date.now() / 1000 : ttl),
    }),
    'a century is past what 32 bits hold': (right) => ({
      setMany: (entries, ttl) => right.setMany(entries, ttl !== null && ttl > 2 ** 31 ? 0 : ttl),
    }),
    'touch does not know null': (right) => ({ touch: (key, ttl) => right.touch(key, ttl ?? 0) }),
  },
  'a fraction of a second is not expired at once': {
    'set cuts fractions': (right) => ({
      set: (key, value, ttl) => right.set(key, value, ttl === null ? null : Math.trunc(ttl)),
    }),
  },
  'what has a ttl is a miss when it is over, and what was given another lives by that': {
    'set knows no ttl': (right) => ({
      set: (key, value, ttl) => right.set(key, value, ttl !== null && ttl > 0 ? null : ttl),
    }),
    'a fraction of a second is for ever': (right) => ({
      set: (key, value, ttl) =>
        right.set(key, value, ttl !== null && Math.trunc(ttl) === 0 ? ttl && null : ttl),
    }),
    'add knows no ttl': (right) => ({
      add: (key, value, ttl) => right.add(key, value, ttl !== null && ttl > 0 ? null : ttl),
    }),
    'setMany takes seconds for milliseconds': (right) => ({
      setMany: (entries, ttl) => right.setMany(entries, ttl && ttl * 1000),
    }),
    'touch does not shorten': (right) => ({
      touch: async (key, ttl) => (ttl !== null && ttl > 0 ? right.has(key) : right.touch(key, ttl)),
    }),
    'touch does not lengthen': (right) => ({
      touch: async (key, ttl) => (ttl === null ? right.has(key) : right.touch(key, ttl)),
    }),
    'incr makes counters for ever': (right) => ({
      incr: (key, step) => right.incr(key, { ...step, ttl: step.ttl === 0 ? 0 : null }),
    }),
    'incr sets the ttl anew': (right) => ({
      incr: async (key, step) => {
        const there = right.has(key);
        const count = await right.incr(key, step);
        if (there) await right.touch(key, step.ttl);
        return count;
      },
    }),
    'add does not see that something has expired': (right) => ({
      add: async (key, value, ttl) => !right.values.has(key) && right.add(key, value, ttl),
    }),
    'delete counts what has expired': (right) => ({
      delete: async (key) => (right.values.has(key) ? right.drop(key) : false),
    }),
    'getEntry gives what has expired': (right) => ({
      getEntry: async (key): Promise<CacheEntry | undefined> =>
        right.values.has(key)
          ? ((await right.getEntry(key)) ?? { value: 1, ttl: undefined })
          : right.getEntry(key),
    }),
    'getEntries gives what has expired': (right) => ({
      getEntries: async (keys) =>
        new Map(keys.map((key) => [key, { value: 1, ttl: right.expiries.get(key) }])),
    }),
    'set keeps the ttl of what was there': (right) => ({
      set: async (key, value, ttl) => {
        const old = (await right.getEntry(key))?.ttl;
        return right.set(key, value, (ttl === null ? old : undefined) ?? ttl);
      },
    }),
  },
  'touch sets the ttl and leaves the value': {
    'touch loses the value': (right) => ({
      touch: async (key, ttl) => {
        const there = await right.touch(key, ttl);
        if (there && right.has(key)) right.keep(key, true, ttl);
        return there;
      },
    }),
  },
};
