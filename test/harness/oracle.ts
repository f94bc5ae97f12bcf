/** Servers that answer `config get cluster` with what a test has them say. */
import { onTestFinished } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import { formatConfigReply } from '../../src/protocol/index.ts';
import { createLookup } from '../../src/testing/cluster/lookup.ts';
import { opened } from './follow.ts';
import { type ScriptedServer, type ScriptOptions, startScripted } from './scripted-server.ts';

/** A node or a configuration endpoint. To reads it answers with the key. */
export class Oracle {
  readonly hostname: string;
  readonly port: number;
  /** The reply to `config get cluster`; a function is asked each time. */
  says: string | (() => string) = 'SERVER_ERROR nothing to say yet\r\n';
  readonly #server: ScriptedServer;
  #looks = 0;
  #stopped: Promise<void> | undefined;

  private constructor(hostname: string, server: ScriptedServer) {
    this.hostname = hostname;
    this.#server = server;
    this.port = Number(server.endpoint.split(':')[1]);
  }

  static async start(hostname: string, options: ScriptOptions = {}): Promise<Oracle> {
    const server = await startScripted((connection, { line, key }) => {
      if (line === 'config get cluster') connection.say(oracle.#look());
      else if (line.startsWith('get ')) connection.value(key, key);
      else if (line.startsWith('set ')) connection.say('STORED\r\n');
      else connection.say('ERROR\r\n');
    }, options);
    const oracle = new Oracle(hostname, server);
    onTestFinished(() => oracle.stop());
    return oracle;
  }

  get id(): string {
    return `${this.hostname}:${this.port}`;
  }

  /** How often it was asked for the configuration. */
  get looks(): number {
    return this.#looks;
  }

  /** What it was asked besides. */
  get data(): readonly string[] {
    return this.#server.asked.map(({ line }) => line).filter((line) => line !== 'config get cluster');
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#server[Symbol.asyncDispose]() as Promise<void>;
    return this.#stopped;
  }

  #look(): string {
    this.#looks++;
    return typeof this.says === 'string' ? this.says : this.says();
  }
}

export function startEndpoint(options: ScriptOptions = {}): Promise<Oracle> {
  return Oracle.start('cluster.cfg.oracle.test', options);
}

/** So many nodes of a cluster, in the order of their ids. */
export function startNodes(nodes: number, cluster = 'cluster'): Promise<Oracle[]> {
  return Promise.all(
    Array.from({ length: nodes }, (_, i) =>
      Oracle.start(`${cluster}.${String(i).padStart(4, '0')}.oracle.test`),
    ),
  );
}

/** Every name is at 127.0.0.1. */
export const oracleLookup: ReturnType<typeof createLookup> = createLookup(() => '127.0.0.1');

/** The reply that lists these nodes. */
export function listing(
  version: number,
  nodes: readonly { readonly hostname: string; readonly port: number }[],
  address = '127.0.0.1',
): string {
  const listed = nodes.map(({ hostname, port }) => ({ hostname, address, port }));
  return formatConfigReply({ version: BigInt(version), nodes: listed }, 'config');
}

/** In the classic dialect, which is the one that is scripted. */
export function followOracle(
  endpoint: { readonly id: string },
  options: ClientOptions = {},
): MemcachedClient {
  return opened(
    createClient(
      { configurationEndpoint: endpoint.id },
      { protocol: 'classic', lookup: oracleLookup, ...options },
    ),
  );
}
