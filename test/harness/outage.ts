/** Takes nodes of a test cluster down, as its clients see it, and back. */
import type { ClientOptions, MemcachedClient } from '../../src/index.ts';
import { createClient } from '../../src/index.ts';
import type { Cluster, ClusterNode } from '../../src/testing/index.ts';
import { KEYS, keyOf, opened } from './follow.ts';

/** Time-outs short enough to wait for. */
export const HASTY: ClientOptions = { requestTimeoutMs: 400, connectTimeoutMs: 400 };

/** Resolves once the client marked the node down, or has it up again. */
export function told(
  client: MemcachedClient,
  event: 'nodeDown' | 'nodeUp',
  node: { readonly id: string },
): Promise<void> {
  return new Promise((resolve) => {
    const listener = (said: { readonly node: string }): void => {
      if (said.node !== node.id) return;
      client.off(event, listener);
      resolve();
    };
    client.on(event, listener);
  });
}

/** Makes a node hang, with all that it stores, until the client has noticed. */
export async function hangUntilDown(client: MemcachedClient, node: ClusterNode): Promise<void> {
  const down = told(client, 'nodeDown', node);
  const key = keyOf(client, node);
  node.hang();
  const gets = Array.from({ length: 3 }, () => client.get(key));
  await Promise.all([down, Promise.allSettled(gets)]);
}

export async function stopUntilDown(client: MemcachedClient, node: ClusterNode): Promise<void> {
  const down = told(client, 'nodeDown', node);
  await client.get(keyOf(client, node));
  await node.stop();
  await down;
}

/** Lets a node that hangs go on, or starts it, and resolves once the client has it up again. */
export async function untilUp(client: MemcachedClient, node: ClusterNode): Promise<void> {
  const up = told(client, 'nodeUp', node);
  if (node.isRunning) node.resume();
  else await node.start();
  await up;
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
