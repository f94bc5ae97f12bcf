import { ketama } from './ketama.ts';
import { pylibmcKetama } from './pylibmc.ts';
import type { HashRing } from './ring.ts';

/** The rings that an option can name. */
export type RingName = 'ketama' | 'pylibmc';

const RINGS = {
  ketama,
  pylibmc: pylibmcKetama,
} satisfies Record<RingName, HashRing>;

/**
 * The ring of a name.
 *
 * @example
 * ```ts
 * const locate = ringByName('ketama')(nodes);
 * ```
 */
export function ringByName(name: RingName): HashRing {
  return RINGS[name];
}
