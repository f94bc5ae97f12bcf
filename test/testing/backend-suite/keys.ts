import { InvalidValueError } from '../../../src/index.ts';
import type { MapBackend } from '../../cache/map-backend.ts';
import type { DefectTable, Methods } from './defect.ts';

export const keyDefects: DefectTable = {
  'a missing key is a miss to every method': {
    'get gives null for a miss': (right) => ({ get: async (key) => (await right.get(key)) ?? null }),
    'getMany gives misses too': (right) => ({
      getMany: async (keys) =>
        new Map(await Promise.all(keys.map(async (key) => [key, await right.get(key)] as const))),
    }),
    'getMany gives an object': (right) => ({
      getMany: async (keys) => Object.fromEntries(await right.getMany(keys)) as never,
    }),
    'getEntry gives an entry without a value': (right) => ({
      getEntry: async (key) => (await right.getEntry(key)) ?? { value: undefined, ttl: undefined },
    }),
    'touch is always true': (right) => ({
      touch: async (key, ttl) => (await right.touch(key, ttl)) || true,
    }),
    'delete is always true': (right) => ({ delete: async (key) => (await right.delete(key)) || true }),
    'deleteMany counts what it was asked': (right) => ({
      deleteMany: async (keys) => {
        await right.deleteMany(keys);
        return keys.length;
      },
    }),
    'incr makes a counter of 0 unasked': (right) => ({
      incr: (key, step) => right.incr(key, { ...step, initial: step.initial ?? 0n }),
    }),
    'incr rejects where nothing is': (right) => ({
      incr: async (key, step) => {
        const count = await right.incr(key, step);
        if (count === undefined) throw new Error('not found');
        return count;
      },
    }),
  },
  'what is stored is told as stored': {
    'set resolves to nothing': (right) => ({
      set: async (key, value, ttl) => {
        await right.set(key, value, ttl);
        return undefined as never;
      },
    }),
    'setMany resolves to the keys stored': (right) => ({
      setMany: async (entries, ttl) => {
        await right.setMany(entries, ttl);
        return [...entries.keys()];
      },
    }),
  },
  'add stores where there is nothing, and nowhere else': {
    'add overwrites': (right) => ({ add: (key, value, ttl) => right.set(key, value, ttl) }),
    'add is always true': (right) => ({
      add: async (key, value, ttl) => (await right.add(key, value, ttl)) || true,
    }),
  },
  'delete tells whether there was something, and leaves other keys': {
    'delete is always false': (right) => ({ delete: async (key) => (await right.delete(key)) && false }),
    'delete deletes nothing': (right) => ({ delete: async (key) => right.has(key) }),
    'delete clears': (right) => ({
      delete: async (key) => {
        const there = await right.delete(key);
        await right.clear();
        return there;
      },
    }),
  },
  'deleteMany deletes those named, and counts those that were there': {
    'deleteMany counts the misses': (right) => ({
      deleteMany: async (keys) => {
        const deleted = await right.deleteMany(keys);
        return deleted === 0 ? 0 : keys.length;
      },
    }),
    'deleteMany stops at the first miss': (right) => ({
      deleteMany: async (keys) => {
        const missing = keys.findIndex((key) => !right.has(key));
        return right.deleteMany(missing === -1 ? keys : keys.slice(0, missing));
      },
    }),
  },
  'getMany gives what is there and nothing else': {
    'getMany gives the whole store': (right) => ({ getMany: async () => new Map(right.values) }),
    'getMany stops at the first miss': (right) => ({
      getMany: async (keys) => {
        const missing = keys.findIndex((key) => !right.has(key));
        return right.getMany(missing === -1 ? keys : keys.slice(0, missing));
      },
    }),
  },
  'a thousand keys can be stored, read and deleted at once': {
    'getMany gives a hundred at most': (right) => ({
      getMany: async (keys) => right.getMany(keys.slice(0, 100)),
    }),
    'setMany stores a hundred at most': (right) => ({
      setMany: async (entries, ttl) => right.setMany(new Map([...entries].slice(0, 100)), ttl),
    }),
  },
  'keys of up to 250 bytes, of any characters but spaces and controls, are apart': {
    'keys are cut at 200 characters': (right) => withKeys(right, (key) => key.slice(0, 200)),
    'keys are taken without regard to case': (right) => withKeys(right, (key) => key.toLowerCase()),
    'keys are normalised': (right) => withKeys(right, (key) => key.normalize()),
    'keys are trimmed': (right) => withKeys(right, (key) => key.trim()),
    'keys are decoded as in a URL': (right) => withKeys(right, (key) => key.replaceAll('%2F', '/')),
    'keys are paths': (right) => withKeys(right, (key) => key.replaceAll('a/../', '')),
    'keys beyond ASCII become question marks': (right) =>
      withKeys(right, (key) => key.replaceAll(/[^\0-\x7f]/g, '?')),
    'keys keep the low byte of each character': (right) =>
      withKeys(right, (key) => Buffer.from(key, 'latin1').toString('latin1')),
    'keys name properties of an object': (right) => withKeys(right, (key) => (key in {} ? 'property' : key)),
    'checkKey throws another error': () => ({
      checkKey(key) {
        if (key.length > 240) throw new Error('too long');
      },
    }),
    'checkKey throws always': () => ({
      checkKey() {
        throw new InvalidValueError('never');
      },
    }),
  },
};

function withKeys(right: MapBackend, map: (key: string) => string): Methods {
  return {
    get: (key) => right.get(map(key)),
    set: (key, value, ttl) => right.set(map(key), value, ttl),
    delete: (key) => right.delete(map(key)),
    getMany: async (keys) => {
      const found = await right.getMany(keys.map(map));
      return new Map(
        keys.filter((key) => found.has(map(key))).map((key) => [key, found.get(map(key))] as const),
      );
    },
  };
}
