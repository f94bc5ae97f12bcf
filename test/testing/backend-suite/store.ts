import type { DefectTable } from './defect.ts';

export const storeDefects: DefectTable = {
  'of many adds at once one stores': {
    'add looks first and stores then': (right) => ({
      add: async (key, value, ttl) =>
        (await right.get(key)) === undefined && (await right.set(key, value, ttl)),
    }),
  },
  'of many steps at once all count': {
    'incr reads first and stores then': (right) => ({
      incr: async (key, step) => {
        const value = await right.get(key);
        if (typeof value !== 'number') return right.incr(key, step);
        const count = value + Number(step.delta);
        await right.set(key, count, null);
        return BigInt(count);
      },
    }),
    'incr looks first and makes a counter then': (right) => ({
      incr: async (key, step) => {
        const there = (await right.get(key)) !== undefined;
        if (there || step.initial === undefined) return right.incr(key, step);
        await right.set(key, Number(step.initial), step.ttl);
        return step.initial;
      },
    }),
  },
  'calls at once get each their own answer': {
    'get gives what the last call asked for': (right) => {
      let asked = '';
      return {
        get: async (key) => {
          asked = key;
          await Promise.resolve();
          return right.get(asked);
        },
      };
    },
  },
  'clear empties the store, and it can be filled again': {
    'clear does nothing': () => ({ clear: async () => {} }),
    'clear leaves what has no ttl': (right) => ({
      clear: async () => {
        for (const key of right.expiries.keys()) right.drop(key);
      },
    }),
  },
  'close may be called again, also by one who did not wait for the first call': {
    'close rejects the second time': () => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error('closed already');
          closed = true;
        },
      };
    },
  },
  'a value that is too large is told, and named alone by setMany': {
    'set says that it stored it': (right) => ({
      set: async (key, value, ttl) => (await right.set(key, value, ttl)) || true,
    }),
    'setMany names no key': (right) => ({
      setMany: async (entries, ttl) => (await right.setMany(entries, ttl)) && [],
    }),
    'setMany names all keys': (right) => ({
      setMany: async (entries, ttl) => {
        const failed = await right.setMany(entries, ttl);
        return failed.length > 0 ? [...entries.keys()] : [];
      },
    }),
    'setMany stops at it': (right) => ({
      setMany: async (entries, ttl) => {
        const keys = [...entries.keys()];
        const failed = await right.setMany(entries, ttl);
        const first = failed[0];
        if (first !== undefined) await right.deleteMany(keys.slice(keys.indexOf(first)));
        return failed;
      },
    }),
  },
};
