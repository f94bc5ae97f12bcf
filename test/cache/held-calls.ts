import { vi } from 'vitest';
import type { MapBackend } from './map-backend.ts';

export type Verb = 'get' | 'getMany' | 'getEntry' | 'add' | 'clear' | (typeof WRITES)[number];

/** All by which a backend is written to. */
export const WRITES = ['set', 'setMany', 'add', 'touch', 'delete', 'deleteMany', 'incr', 'clear'] as const;

export interface HeldCalls {
  /** Resolves once one of the calls is made. */
  readonly made: Promise<void>;
  /** Lets those made go on, and all later ones. */
  release(): void;
}

/** Holds calls of a backend: before they are done, or, as a slow network does, before they are answered. */
export function hold(backend: MapBackend, verbs: readonly Verb[], until: 'done' | 'answered'): HeldCalls {
  const [made, make] = later();
  const [released, release] = later();
  for (const verb of verbs) {
    const original = backend[verb].bind(backend) as (...given: unknown[]) => Promise<never>;
    vi.spyOn(backend, verb).mockImplementation(async (...given: unknown[]) => {
      if (until === 'done') {
        make();
        await released;
        return original(...given);
      }
      const answer = await original(...given);
      make();
      await released;
      return answer;
    });
  }
  return { made, release };
}

function later(): [promise: Promise<void>, resolve: () => void] {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return [promise, () => settle()];
}
