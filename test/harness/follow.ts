/** Clients that follow a test cluster, and what a test asks of them. */
import { onTestFinished } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import { type Cluster, type ClusterNode, startCluster } from '../../src/testing/index.ts';

export const KEYS: readonly string[] = Array.from({ length: 600 }, (_, i) => `key:${i}`);

export function follow(cluster: Cluster, options: ClientOptions = {}): MemcachedClient {
  return opened(
    createClient(
      { configurationEndpoint: cluster.configurationEndpoint },
      { lookup: cluster.lookup, discovery: { timeoutMs: 300 }, ...options },
    ),
  );
}

/** One that knows its nodes, and is connected to each. */
export async function followed(cluster: Cluster, options: ClientOptions): Promise<MemcachedClient> {
  const client = follow(cluster, options);
  await client.ready();
  await client.version({ timeoutMs: 2_000 });
  return client;
}

export function opened(client: MemcachedClient): MemcachedClient {
  onTestFinished(() => client.destroy());
  return client;
}

export function small(nodes: number): Promise<Cluster> {
  return startCluster({ engine: 'embedded', nodes });
}

export function idsOf(client: MemcachedClient): string[] | undefined {
  return client.topology?.nodes.map((node) => node.id);
}

export function ownersOf(client: MemcachedClient): string[] {
  return KEYS.map((key) => client.nodeFor(key).id);
}

/** A key of the node. */
export function keyOf(client: MemcachedClient, node: { readonly id: string }): string {
  const key = KEYS.find((each) => client.nodeFor(each).id === node.id);
  if (key === undefined) throw new Error(`No key of ${node.id}`);
  return key;
}

/** All keys of the node. */
export function keysOf(client: MemcachedClient, node: { readonly id: string }): string[] {
  return KEYS.filter((key) => client.nodeFor(key).id === node.id);
}

export function nodeAt(cluster: Cluster, index: number): ClusterNode {
  return cluster.nodes[index] as ClusterNode;
}
