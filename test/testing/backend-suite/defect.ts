/** Backends that are wrong in one thing each. */
import type { CacheBackend } from '../../../src/index.ts';
import { MapBackend } from '../../cache/map-backend.ts';

export type Methods = Partial<CacheBackend>;

/** What is wrong, by its name, by the case that must find it. */
export type DefectTable = Readonly<Record<string, Readonly<Record<string, (right: MapBackend) => Methods>>>>;

/** A value that `LimitedBackend` refuses. */
export const TOO_LARGE: string = 'x'.repeat(1000);

/** A right backend, which refuses values for their size. */
export class LimitedBackend extends MapBackend {
  override async set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return !isTooLarge(value) && super.set(key, value, ttl);
  }

  override async setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<string[]> {
    const small = new Map([...entries].filter(([, value]) => !isTooLarge(value)));
    await super.setMany(small, ttl);
    return [...entries.keys()].filter((key) => !small.has(key));
  }
}

function isTooLarge(value: unknown): boolean {
  return typeof value === 'string' && value.length >= TOO_LARGE.length;
}

/** Right but for what is replaced. The methods left are those of another object, so that none meets a wrong one. */
export function rightBut(wrong: (right: MapBackend) => Methods): CacheBackend {
  const right = new LimitedBackend();
  return {
    get: (key) => right.get(key),
    getMany: (keys) => right.getMany(keys),
    getEntry: (key) => right.getEntry(key),
    set: (key, value, ttl) => right.set(key, value, ttl),
    setMany: (entries, ttl) => right.setMany(entries, ttl),
    add: (key, value, ttl) => right.add(key, value, ttl),
    touch: (key, ttl) => right.touch(key, ttl),
    delete: (key) => right.delete(key),
    deleteMany: (keys) => right.deleteMany(keys),
    incr: (key, step) => right.incr(key, step),
    clear: () => right.clear(),
    ...wrong(right),
  };
}
