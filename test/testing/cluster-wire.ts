import { connect } from 'node:net';
import type { Cluster, ClusterNode } from '../../src/testing/index.ts';

export const CONFIG: string = 'config get cluster\r\n';
export const LEGACY: string = 'get AmazonElastiCache:cluster\r\n';
export const END: string = '\n\r\nEND\r\n';

export function first(cluster: Cluster): ClusterNode {
  return cluster.nodes[0] as ClusterNode;
}

/** The reply of a cluster to `config get cluster`, worked out by hand from its nodes. */
export function configOf(nodes: readonly ClusterNode[], version: number): string {
  const list = nodes.map(({ hostname, address }) => `${hostname}|${address.replace(':', '|')}`).join(' ');
  const body = `${version}\n${list}\n`;
  return `CONFIG cluster 0 ${body.length}\r\n${body}\r\nEND\r\n`;
}

export function refused(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const [host, port] = address.split(':') as [string, string];
    const socket = connect({ host, port: Number(port) });
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
