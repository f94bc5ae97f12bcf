/** Checks what is to become of the keys of a node that is down, and fills in the default. */
import { InvalidCacheConfigError } from '../errors.ts';
import type { Endpoint } from '../node/endpoint.ts';
import { MAX_RELATIVE_SECONDS } from '../protocol/exptime.ts';
import type { ClientOptions, GutterOptions } from './client-options.ts';
import { parseServers, type ResolvedTarget } from './target.ts';
import { type Duration, durationSeconds } from './ttl.ts';

/** `maxTtl`: whole seconds, for what is stored on a stand-in. */
export type ResolvedFailover =
  | { readonly kind: 'fail-fast' }
  | { readonly kind: 'next'; readonly maxTtl: number }
  | { readonly kind: 'gutter'; readonly maxTtl: number; readonly endpoints: readonly Endpoint[] };

/** Seconds that a value lives on the nodes that have the keys of another: it may be out of date by as much. */
const NEXT_MAX_TTL = 60;
const DEFAULT_GUTTER_TTL = 10;
const GUTTER_NAMES: readonly string[] = ['gutter', 'ttl'] satisfies (keyof GutterOptions)[];

/** @throws InvalidCacheConfigError */
export function resolveFailover(
  failover: ClientOptions['failover'] = 'fail-fast',
  target: ResolvedTarget,
): ResolvedFailover {
  if (failover === 'fail-fast') return { kind: 'fail-fast' };
  if (failover === 'next') return { kind: 'next', maxTtl: NEXT_MAX_TTL };
  if (typeof failover !== 'object' || failover === null || !Array.isArray(failover.gutter)) {
    throw new InvalidCacheConfigError(
      "failover must be 'fail-fast', 'next' or { gutter: ['host:port', …], ttl }",
    );
  }
  for (const name of Object.keys(failover)) {
    if (!GUTTER_NAMES.includes(name))
      throw new InvalidCacheConfigError(`There is no option failover.${name}`);
  }
  const endpoints = parseServers(failover.gutter, 'failover.gutter');
  const own = target.kind === 'servers' ? target.endpoints : [];
  for (const { id } of endpoints) {
    if (own.some((endpoint) => endpoint.id === id))
      throw new InvalidCacheConfigError(`failover.gutter names ${id}, which is one of the servers`);
  }
  return { kind: 'gutter', maxTtl: resolveGutterTtl(failover.ttl), endpoints };
}

function resolveGutterTtl(ttl: Duration = DEFAULT_GUTTER_TTL): number {
  const seconds = ttlInSeconds(ttl);
  if (seconds > 0 && seconds <= MAX_RELATIVE_SECONDS) return Math.ceil(seconds);
  throw new InvalidCacheConfigError('failover.ttl must be above 0 and at most 30 days');
}

function ttlInSeconds(ttl: Duration): number {
  try {
    return durationSeconds(ttl, 'failover.ttl');
  } catch (error) {
    throw new InvalidCacheConfigError((error as Error).message);
  }
}
