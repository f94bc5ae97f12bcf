import type { EntryLife } from '../client/envelope.ts';
import type { CacheBackend, FindOptions, Found, Hold } from './cache-backend.ts';

/** A backend as `getOrSet` uses it. */
export interface EntryStore {
  /** The value as any reader sees it. */
  get(key: string): Promise<unknown>;
  find(key: string, options: FindOptions): Promise<Found>;
  put(key: string, value: unknown, life: EntryLife, hold: Hold | undefined): Promise<boolean>;
  /** Absent where the backend has no leases. */
  readonly leases: LeaseStore | undefined;
}

export interface LeaseStore {
  claim(key: string, ttl: number, takeOver: boolean): Promise<Hold | undefined>;
  release(key: string, hold: Hold): Promise<void>;
}

/** Backends without `find` and `put` have entries that are never stale, and say of none that it is nothing. */
export function entryStoreOf(backend: CacheBackend): EntryStore {
  return {
    get: (key) => backend.get(key),
    find: backend.find?.bind(backend) ?? ((key) => findPlain(backend, key)),
    put: backend.put?.bind(backend) ?? ((key, value, life) => putPlain(backend, key, value, life)),
    leases: leasesOf(backend),
  };
}

function leasesOf(backend: CacheBackend): LeaseStore | undefined {
  const { claim, release } = backend;
  if (claim === undefined || release === undefined) return undefined;
  return { claim: claim.bind(backend), release: release.bind(backend) };
}

async function findPlain(backend: CacheBackend, key: string): Promise<Found> {
  const value = await backend.get(key);
  if (value === undefined) return { kind: 'miss' };
  return { kind: 'entry', value, freshTtl: undefined, lease: undefined, hold: undefined };
}

async function putPlain(
  backend: CacheBackend,
  key: string,
  value: unknown,
  { ttl }: EntryLife,
): Promise<boolean> {
  return value !== undefined && (await backend.add(key, value, ttl));
}
