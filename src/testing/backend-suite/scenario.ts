import { randomUUID } from 'node:crypto';
import type { CacheBackend } from '../../index.ts';

/** Where one case of the suite stands. */
export interface BackendGround {
  readonly backend: CacheBackend;
  /** A value that the store refuses for its size; `undefined` where none was given. */
  readonly tooLarge: unknown;
  /** A key that nobody else has. */
  key(name?: string): string;
}

/** What a backend must do. */
export interface Scenario {
  /** As a sentence that holds of it. */
  readonly name: string;
  /** Whether it reads back what it stored, so that no backend passes that keeps nothing. */
  readonly readsBack: boolean;
  check(ground: BackendGround): Promise<void>;
}

export function standOn(backend: CacheBackend, tooLarge: unknown): BackendGround {
  const run = randomUUID();
  let keys = 0;
  return { backend, tooLarge, key: (name = 'key') => `memfleet:${run}:${keys++}:${name}` };
}
