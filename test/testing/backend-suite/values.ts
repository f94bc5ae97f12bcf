import type { DefectTable } from './defect.ts';

export const valueDefects: DefectTable = {
  'values come back as they were, by whatever they were stored and read': {
    'empty text is a miss': (right) => ({ get: async (key) => (await right.get(key)) || undefined }),
    'numbers come back as text': (right) => ({
      set: (key, value, ttl) => right.set(key, typeof value === 'number' ? String(value) : value, ttl),
    }),
    'bytes come back as an object': (right) => ({
      set: (key, value, ttl) => right.set(key, value instanceof Uint8Array ? { ...value } : value, ttl),
    }),
    'add stores JSON': (right) => ({
      add: (key, value, ttl) => right.add(key, JSON.stringify(value), ttl),
    }),
    'getEntry gives JSON': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry && { ...entry, value: JSON.stringify(entry.value) };
      },
    }),
  },
  'set replaces what is there': {
    'set leaves what is there': (right) => ({
      set: async (key, value, ttl) => (await right.add(key, value, ttl)) || true,
    }),
    'set appends to text': (right) => ({
      set: async (key, value, ttl) => {
        const before = await right.get(key);
        return right.set(key, typeof before === 'string' ? `${before}${value}` : value, ttl);
      },
    }),
  },
  'a stored null is a value, and no miss': {
    'get takes null for a miss': (right) => ({ get: async (key) => (await right.get(key)) ?? undefined }),
    'getMany takes null for a miss': (right) => ({
      getMany: async (keys) =>
        new Map([...(await right.getMany(keys))].filter(([, value]) => value !== null)),
    }),
    'getEntry takes null for a miss': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry?.value === null ? undefined : entry;
      },
    }),
    'add takes null for a miss': (right) => ({
      add: async (key, value, ttl) => {
        if ((await right.get(key)) === null) await right.delete(key);
        return right.add(key, value, ttl);
      },
    }),
  },
  'what was given may be changed after, and what is stored stays': {
    'set keeps what it was given': (right) => ({
      set: async (key, value, ttl) => {
        await right.set(key, value, ttl);
        right.keep(key, value, ttl);
        return true;
      },
    }),
    'setMany keeps what it was given': (right) => ({
      setMany: async (entries, ttl) => {
        const failed = await right.setMany(entries, ttl);
        for (const [key, value] of entries) if (!failed.includes(key)) right.keep(key, value, ttl);
        return failed;
      },
    }),
    'add keeps the bytes it was given': (right) => ({
      add: async (key, value, ttl) => {
        const stored = await right.add(key, value, ttl);
        if (stored && value instanceof Uint8Array) right.keep(key, value, ttl);
        return stored;
      },
    }),
  },
  'what was read may be changed, and what is stored stays': {
    'get gives what it keeps': (right) => ({
      get: async (key) => (right.has(key) ? right.values.get(key) : undefined),
    }),
    'getMany gives what it keeps': (right) => ({
      getMany: async (keys) =>
        new Map(keys.filter((key) => right.has(key)).map((key) => [key, right.values.get(key)])),
    }),
    'getEntry gives what it keeps': (right) => ({
      getEntry: async (key) => {
        const entry = await right.getEntry(key);
        return entry && { ...entry, value: right.values.get(key) };
      },
    }),
  },
  'a value that cannot be stored is refused, and nothing is changed': {
    'set takes a function for nothing': (right) => ({
      set: async (key, value, ttl) => right.set(key, typeof value === 'function' ? null : value, ttl),
    }),
    'set refuses with another error': (right) => ({
      set: async (key, value, ttl) => {
        structuredClone(value);
        return right.set(key, value, ttl);
      },
    }),
    'set drops what is there first': (right) => ({
      set: async (key, value, ttl) => {
        await right.delete(key);
        return right.set(key, value, ttl);
      },
    }),
    'setMany stores until it comes to it': (right) => ({
      setMany: async (entries, ttl) => {
        const failed: string[] = [];
        for (const [key, value] of entries) if (!(await right.set(key, value, ttl))) failed.push(key);
        return failed;
      },
    }),
    'setMany names it as a key that failed': (right) => ({
      setMany: async (entries, ttl) => {
        const storable = new Map([...entries].filter(([, value]) => typeof value !== 'function'));
        const failed = await right.setMany(storable, ttl);
        return [...failed, ...[...entries.keys()].filter((key) => !storable.has(key))];
      },
    }),
  },
};
