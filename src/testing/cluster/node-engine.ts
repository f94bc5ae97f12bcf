import { connect } from 'node:net';
import type { Credentials } from '../embedded/auth-gate.ts';
import type { ClusterConfigSource } from '../embedded/engine.ts';
import { startEmbedded } from '../embedded/server.ts';
import type { Backend } from './backend.ts';
import { startMemcached } from './memcached-process.ts';
import { Upstream } from './upstream.ts';

/** `'memcached'`: a process of its own; `'embedded'`: a server inside this one. */
export type EngineKind = 'memcached' | 'embedded';

/** The memcached behind a node. */
export interface NodeEngine {
  readonly backend: Backend;
  /** What its command `stats` answers. */
  stats(): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

export async function startEngine(
  kind: EngineKind,
  auth: Credentials | undefined,
  config: ClusterConfigSource,
): Promise<NodeEngine> {
  if (kind === 'embedded') {
    const server = await startEmbedded(auth === undefined ? {} : { auth }, config);
    return {
      backend: new Upstream(server.port, undefined),
      stats: async () => server.stats(),
      stop: () => server.close(),
    };
  }
  const memcached = await startMemcached(auth);
  return {
    backend: new Upstream(memcached.port, config),
    stats: () => readStats(memcached.port, auth),
    stop: () => memcached.stop(),
  };
}

const STATS_TIMEOUT_MS = 5000;

function readStats(port: number, auth: Credentials | undefined): Promise<Readonly<Record<string, string>>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: STATS_TIMEOUT_MS });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('END\r\n')) {
        socket.destroy();
        resolve(parseStats(text));
      }
    });
    socket.on('error', reject);
    socket.on('timeout', () => socket.destroy(new Error('memcached did not answer stats')));
    socket.on('close', () => reject(new Error('memcached closed the connection before it answered stats')));
    const secret = auth === undefined ? undefined : `${auth.username} ${auth.password}`;
    if (secret !== undefined) socket.write(`set auth 0 0 ${Buffer.byteLength(secret)}\r\n${secret}\r\n`);
    socket.write('stats\r\n');
  });
}

function parseStats(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^STAT (\S+) (.*)\r$/gm)].map(([, name, value]) => [name, value]),
  );
}
