import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { DEFAULT_MAX_VALUE_BYTES } from '../../protocol/index.ts';
import type { Credentials } from './auth-gate.ts';
import { zeroCounters } from './counters.ts';
import type { ClusterConfigSource, Engine } from './engine.ts';
import { Session } from './session.ts';
import { generalStats } from './stats.ts';
import { Store } from './store.ts';

export interface ServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `'127.0.0.1'`. */
  readonly host?: string;
  /** Memory for items in bytes, as `memcached -m` counts it; past it the least recently used go. Default 64 MiB. */
  readonly maxBytes?: number;
  /**
   * Largest item in bytes, as `memcached -I` counts it: the key and about 60 bytes of header are part of it.
   * Default 1 MiB.
   */
  readonly maxValueBytes?: number;
  /** Asks for this name and password, as `memcached -Y` does. Neither may hold a space. */
  readonly auth?: Credentials;
  /** Serves TLS alone, with this `cert` and `key`. */
  readonly tls?: TlsOptions;
  /** As the command `version` answers it; below 1.6 the meta commands are unknown. Default `'1.6.18'`. */
  readonly version?: string;
}

/** A memcached-compatible server inside this process. */
export interface Server extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `'host:port'`, as a client takes it. */
  readonly endpoint: string;
  /**
   * What the command `stats` answers.
   *
   * @example
   * ```ts
   * Number(server.stats().get_misses);
   * ```
   */
  stats(): Readonly<Record<string, string>>;
  /** Ends all connections and stops to listen. Later calls do nothing. */
  close(): Promise<void>;
}

const DEFAULT_MAX_BYTES = 67_108_864;
const DEFAULT_VERSION = '1.6.18';

/**
 * Starts a memcached-compatible server inside this process: classic and meta text protocol, with replies,
 * expiry, eviction, CAS and statistics as memcached 1.6.18 has them.
 *
 * @throws the system's error (`EADDRINUSE`, …) when it cannot listen.
 *
 * @example
 * ```ts
 * await using server = await startServer();
 * const client = createClient(server.endpoint);
 * ```
 */
export function startServer(options: ServerOptions = {}): Promise<Server> {
  return startEmbedded(options, undefined);
}

/** {@link startServer}, also able to answer for a cluster's configuration. */
export async function startEmbedded(
  options: ServerOptions,
  clusterConfig: ClusterConfigSource | undefined,
): Promise<Server> {
  const version = options.version ?? DEFAULT_VERSION;
  const now = (): number => Math.floor(Date.now() / 1000);
  const engine: Engine = {
    store: new Store({
      maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
      maxItemBytes: options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES,
      now,
    }),
    counters: zeroCounters(),
    startedAt: now(),
    version,
    ...metaSupport(version),
    clusterConfig,
  };
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => serve(engine, options.auth, socket);
  const server =
    options.tls === undefined
      ? createTcpServer({ noDelay: true }, accept)
      : createTlsServer({ noDelay: true, ...options.tls }, accept);
  // Of a TLS server too this is the TCP connection, which may have not even begun to shake hands.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const host = options.host ?? '127.0.0.1';
  await listen(server, host, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closed;
  };
  return {
    host,
    port,
    endpoint: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    stats: () => Object.fromEntries([...generalStats(engine)].map(([name, value]) => [name, String(value)])),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Meta commands came with 1.6; its first versions said `OK` where later ones say `HD`. */
function metaSupport(version: string): Pick<Engine, 'meta' | 'okStatus'> {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const meta = major > 1 || (major === 1 && minor >= 6);
  return { meta, okStatus: major === 1 && minor === 6 && patch < 10 ? 'OK' : 'HD' };
}

/** Resolves once it listens, rejects with the system's error where it cannot. */
export function listen(server: NetServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(engine: Engine, credentials: Credentials | undefined, socket: Socket): void {
  const { counters } = engine;
  const session = new Session(engine, credentials);
  counters.curr_connections += 1;
  counters.total_connections += 1;
  socket.on('data', (chunk) => {
    counters.bytes_read += chunk.length;
    const { open, replies } = session.push(chunk);
    socket.cork();
    for (const reply of replies) {
      counters.bytes_written += reply.length;
      socket.write(reply);
    }
    socket.uncork();
    if (!open) socket.end();
    // A client that asks and does not read must not fill this process's memory.
    else if (socket.writableNeedDrain) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('close', () => {
    counters.curr_connections -= 1;
  });
  // A peer that resets its connection is its own business; 'close' follows.
  socket.on('error', () => undefined);
}
