import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import type { Cluster } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';

/** Longer than any scenario: only trouble and callers make it look. */
const NEVER_MS = 1_000_000_000;

/**
 * A client that follows a cluster by the name of its endpoint, and how often it asked that: it resolves the
 * name anew each time. It does not look by itself, unless given an interval.
 */
export function looksAt(
  cluster: Cluster,
  options: ClientOptions = {},
): { readonly client: MemcachedClient; readonly looks: () => number } {
  const { hostname, port } = cluster.configuration;
  let looks = 0;
  const client = createClient(
    { configurationEndpoint: `${hostname}:${port}` },
    {
      ...options,
      discovery: { intervalMs: NEVER_MS, ...options.discovery },
      lookup: (name, lookupOptions, answer) => {
        if (name === hostname) looks++;
        cluster.lookup(name, lookupOptions, answer);
      },
    },
  );
  return { client: opened(client), looks: () => looks };
}
