/** What the contract runs against: servers of some kind, and how a client is to speak to them. */
import type { ClientOptions, Target } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startCluster, startServer } from '../../src/testing/index.ts';
import { startSasl } from './sasl.ts';
import { ca, cert, certFile, key, keyFile } from './tls.ts';

/** Servers that run. */
export interface Place {
  readonly target: Target;
  readonly options: ClientOptions;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** The dialect that its connections end up with. */
  readonly dialect: 'meta' | 'classic' | 'binary';
  readonly nodes: number;
  start(): Promise<Place>;
}

type Engine = 'embedded' | 'memcached';
type Protocol = 'meta' | 'classic' | 'auto' | 'binary';

const AUTH = { username: 'user', password: 'secret' } as const;
const SASL = { username: 'user@memfleet', password: 'a secret' } as const;
const TLS = ['-Z', '-o', `ssl_chain_cert=${certFile},ssl_key=${keyFile}`] as const;

async function startOne(engine: Engine): Promise<{ endpoint: string; stop(): Promise<void> }> {
  if (engine === 'embedded') {
    const server = await startServer();
    return { endpoint: server.endpoint, stop: () => server.close() };
  }
  const memcached = await startMemcached();
  return { endpoint: `127.0.0.1:${memcached.port}`, stop: () => memcached.stop() };
}

function fixed(engine: Engine, nodes: number, protocol: Protocol): Subject {
  return {
    name: `${engine}, ${protocol}, ${nodes === 1 ? 'one node' : `a ring of ${nodes}`}`,
    dialect: protocol === 'auto' ? 'meta' : protocol,
    nodes,
    async start() {
      const servers = await Promise.all(Array.from({ length: nodes }, () => startOne(engine)));
      return {
        target: servers.map(({ endpoint }) => endpoint),
        options: { protocol },
        stop: async () => {
          await Promise.all(servers.map((server) => server.stop()));
        },
      };
    },
  };
}

function discovered(engine: Engine, protocol: Protocol): Subject {
  return {
    name: `${engine}, ${protocol}, discovered`,
    dialect: protocol === 'auto' ? 'meta' : protocol,
    nodes: 3,
    async start() {
      const cluster = await startCluster({ engine, nodes: 3 });
      return {
        target: { configurationEndpoint: cluster.configurationEndpoint },
        options: { protocol, lookup: cluster.lookup },
        stop: () => cluster.close(),
      };
    },
  };
}

function memcachedWith(name: string, options: ClientOptions, args: readonly string[]): Subject {
  return {
    name,
    dialect: options.protocol === 'binary' ? 'binary' : 'meta',
    nodes: 1,
    async start() {
      const memcached = await startMemcached(options.auth, args);
      return {
        target: `127.0.0.1:${memcached.port}`,
        options,
        stop: () => memcached.stop(),
      };
    },
  };
}

/** Before the meta dialect, or with its early form: auto takes the classic one. */
function olderServer(version: string): Subject {
  return {
    name: `embedded ${version}, auto, one node`,
    dialect: 'classic',
    nodes: 1,
    async start() {
      const server = await startServer({ version });
      return { target: server.endpoint, options: {}, stop: () => server.close() };
    },
  };
}

const withSasl: Subject = {
  name: 'memcached -S, one node',
  dialect: 'binary',
  nodes: 1,
  async start() {
    const memcached = await startSasl(SASL);
    const auth = { ...SASL, mechanism: 'plain' } as const;
    return { target: memcached.endpoint, options: { auth }, stop: () => memcached.stop() };
  },
};

const overTls: Subject = {
  name: 'embedded, auto, discovered over TLS with a password',
  dialect: 'meta',
  nodes: 2,
  async start() {
    const cluster = await startCluster({ engine: 'embedded', nodes: 2, tls: { cert, key }, auth: AUTH });
    return {
      target: { configurationEndpoint: cluster.configurationEndpoint },
      options: { lookup: cluster.lookup, tls: { ca }, auth: AUTH },
      stop: () => cluster.close(),
    };
  },
};

const ENGINES = ['embedded', 'memcached'] as const;
const PROTOCOLS = ['meta', 'classic', 'auto'] as const;

export const subjects: readonly Subject[] = [
  ...ENGINES.flatMap((engine) =>
    PROTOCOLS.flatMap((protocol) => [
      fixed(engine, 1, protocol),
      fixed(engine, 3, protocol),
      discovered(engine, protocol),
    ]),
  ),
  // The embedded server speaks text alone.
  fixed('memcached', 1, 'binary'),
  fixed('memcached', 3, 'binary'),
  discovered('memcached', 'binary'),
  memcachedWith('memcached -Z, auto, one node', { tls: { ca } }, TLS),
  memcachedWith('memcached -Z, binary, one node', { tls: { ca }, protocol: 'binary' }, TLS),
  withSasl,
  memcachedWith('memcached -Y, auto, one node', { auth: AUTH }, []),
  overTls,
  olderServer('1.5.16'),
  olderServer('1.6.6'),
];
