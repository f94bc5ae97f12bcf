import type { CacheEntry } from '../../../src/index.ts';
import type { MapBackend } from '../../cache/map-backend.ts';
import type { DefectTable, Methods } from './defect.ts';

export const entryDefects: DefectTable = {
  'getEntry tells what is left of a life, if it tells it at all': {
    'getEntry tells milliseconds': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry && { ...entry, ttl: entry.ttl && entry.ttl * 1000 };
      },
    }),
    'getEntry tells -1 for never': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry && { ...entry, ttl: entry.ttl ?? -1 };
      },
    }),
    'getEntry tells never of all': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry && { ...entry, ttl: null };
      },
    }),
    'getEntry tells the first ttl': (right) => {
      const ttls = new Map<string, number | null>();
      return {
        set: (key, value, ttl) => {
          ttls.set(key, ttl);
          return right.set(key, value, ttl);
        },
        getEntry: async (key) => {
          const entry = await right.getEntry(key);
          return entry && { ...entry, ttl: ttls.get(key) };
        },
      };
    },
  },
  'getEntries, where there is one, gives what is there, with what is left of each': {
    'getEntries gives values': (right) => ({ getEntries: (keys) => right.getMany(keys) as never }),
    'getEntries gives a list': (right) => ({
      getEntries: async (keys) => [...(await entriesOf(right, keys))] as never,
    }),
    'getEntries gives misses too': entriesBut((_key, entry) => entry ?? { value: undefined, ttl: undefined }),
    'getEntries takes null for a miss': entriesBut((_key, entry) =>
      entry?.value === null ? undefined : entry,
    ),
    'getEntries tells milliseconds': entriesBut(
      (_key, entry) => entry && { ...entry, ttl: entry.ttl && entry.ttl * 1000 },
    ),
    'getEntries tells -1 for never': entriesBut((_key, entry) => entry && { ...entry, ttl: entry.ttl ?? -1 }),
    'getEntries gives what it keeps': entriesBut(
      (key, entry, right) => entry && { ...entry, value: right.values.get(key) },
    ),
    'getEntries stops at the first miss': (right) => ({
      getEntries: async (keys) => {
        const missing = keys.findIndex((key) => !right.has(key));
        return entriesOf(right, missing === -1 ? keys : keys.slice(0, missing));
      },
    }),
  },
};

type Change = (key: string, entry: CacheEntry | undefined, right: MapBackend) => CacheEntry | undefined;

function entriesBut(change: Change): (right: MapBackend) => Methods {
  return (right) => ({ getEntries: (keys) => entriesOf(right, keys, change) });
}

async function entriesOf(
  right: MapBackend,
  keys: readonly string[],
  change: Change = (_key, entry) => entry,
): Promise<Map<string, CacheEntry>> {
  const entries = new Map<string, CacheEntry>();
  for (const key of keys) {
    const entry = change(key, await right.getEntry(key), right);
    if (entry !== undefined) entries.set(key, entry);
  }
  return entries;
}
