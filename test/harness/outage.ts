/** Takes nodes of a test cluster down, as its clients see it, and back. */
import { expect } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import type { Cluster, ClusterNode } from '../../src/testing/index.ts';
import { KEYS, keyOf, opened } from './follow.ts';

function isDown(client: MemcachedClient, node: { readonly id: string }): boolean {
  return ['down', 'probing'].includes(healthOf(client, node) ?? '');
}

/** Makes a node hang, with all that it stores, until the client has noticed. */
export async function hangUntilDown(client: MemcachedClient, node: ClusterNode): Promise<void> {
  const key = keyOf(client, node);
  node.hang();
  while (!isDown(client, node)) {
    await Promise.allSettled(Array.from({ length: 3 }, () => client.get(key)));
  }
}

/** Stops a node, which loses what it stores, until the client has noticed. */
export async function stopUntilDown(client: MemcachedClient, node: ClusterNode): Promise<void> {
  await client.get(keyOf(client, node));
  await node.stop();
  await expect.poll(() => isDown(client, node)).toBe(true);
}

/** Lets a node that hangs go on, or starts it, and resolves once the client has it up again. */
export async function untilUp(client: MemcachedClient, node: ClusterNode): Promise<void> {
  if (node.isRunning) node.resume();
  else await node.start();
  await expect.poll(() => healthOf(client, node), { timeout: 10_000 }).toBe('up');
}

/** Keys whose owner is the node. */
export function keysOf(client: MemcachedClient, node: { readonly id: string }): string[] {
  return KEYS.filter((key) => client.nodeFor(key).id === node.id);
}

/** A client of one node of the cluster alone. */
export function direct(cluster: Cluster, node: ClusterNode, options: ClientOptions = {}): MemcachedClient {
  return opened(createClient([node.endpoint], { lookup: cluster.lookup, ...options }));
}

export function healthOf(client: MemcachedClient, node: { readonly id: string }): string | undefined {
  return client.snapshot().nodes.find(({ id }) => id === node.id)?.health;
}
