import { readFileSync } from 'node:fs';
import { toByteString } from '../../../src/protocol/key.ts';
import type { HashRing, RingNode } from '../../../src/topology/ring/ring.ts';

/** One continuum as dumped from libmemcached: points as [value, index of the node]. */
export interface ContinuumVector {
  readonly weighted: number;
  readonly total: number;
  readonly points_per_server: readonly number[];
  readonly first_8: readonly (readonly [number, number])[];
  readonly last_2: readonly (readonly [number, number])[];
}

export interface EdgeVector {
  readonly total: number;
  readonly points_each?: number;
  readonly points_per_server?: readonly number[];
  readonly first_8?: readonly (readonly [number, number])[];
}

interface Vectors {
  readonly keys: readonly string[];
  readonly hash_values: Readonly<Record<string, readonly number[]>>;
  readonly servers: Readonly<Record<string, readonly string[]>>;
  readonly behaviors: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
  /** `vectors[servers][behaviour]`: for each key, the index of its server in hexadecimal. */
  readonly vectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rendezvous_pymemcache: Readonly<
    Record<string, { readonly nodes: readonly string[]; readonly index: string }>
  >;
  readonly python_memcached: Readonly<Record<string, string>>;
  readonly continuum: Readonly<Record<string, ContinuumVector>> & {
    readonly float32_edge_cases: Readonly<Record<string, EdgeVector>>;
  };
}

/** Placement by libmemcached 1.1.4, recorded through pylibmc 1.6.3, and by pymemcache and python-memcached. */
export const vectors: Vectors = readVectors('ketama.json');

/** The keys as byte strings. */
export const keys: readonly string[] = vectors.keys.map(toByteString);

export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8'));
}

/** The index of each key's owner, in base 36. */
export function ownersOf(ring: HashRing, nodes: readonly RingNode[]): string {
  const locate = ring(nodes);
  return keys.map((key) => locate(key).toString(36)).join('');
}

/** Nodes of pylibmc's `host:port:weight`, where an IPv6 host is in brackets. */
export function nodesOf(servers: readonly string[]): RingNode[] {
  return servers.map((server) => {
    const match = /^(?:\[(?<v6>.+)\]|(?<host>[^:]+)):(?<port>\d+)(?::(?<weight>\d+))?$/.exec(server);
    if (match?.groups === undefined) throw new Error(`Not a server: ${server}`);
    const { v6, host, port, weight } = match.groups;
    return { host: v6 ?? host ?? '', port: Number(port), weight: Number(weight ?? 1) };
  });
}
