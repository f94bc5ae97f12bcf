import type { Server } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { listen } from '../embedded/server.ts';
import type { Backend } from './backend.ts';
import { FaultProxy, type ProxyStats } from './fault-proxy.ts';
import type { LoopbackAddresses } from './loopback.ts';
import type { NodeEngine } from './node-engine.ts';

/**
 * What can be made to go wrong with a node or with the configuration endpoint.
 *
 * @example
 * ```ts
 * const [node] = cluster.nodes;
 * node.hang();
 * await expect(client.get(key)).rejects.toThrow(TimeoutError);
 * node.resume();
 * node.slow(50);
 * node.dropMidReply();
 * await node.stop();
 * await node.start();
 * ```
 */
export interface FaultControls {
  /** Ends the process: connections end, and new ones are refused. Its items are lost. */
  stop(): Promise<void>;
  /** Starts it again: empty, without faults, at the same address. Does nothing while it runs. */
  start(): Promise<void>;
  /** From now on it accepts and reads, but answers nothing. */
  hang(): void;
  /** Ends `hang`: what came meanwhile is dealt with, and late replies leave. */
  resume(): void;
  /** Delays each piece of a reply by so many milliseconds; 0 ends it. */
  slow(ms: number): void;
  /** Cuts the next reply in its middle and ends that connection. */
  dropMidReply(): void;
  /** Replaces the bytes of the next reply by as many of garbage. */
  corrupt(): void;
  /** Resets (RST) all open connections. */
  reset(): void;
}

/** Traffic as the proxy saw it, and what the engine says. */
export interface NodeStats extends ProxyStats {
  /**
   * What the command `stats` answers; `undefined` while the node is stopped. A real memcached counts a miss
   * for each configuration asked of the node, as the proxy learns by one when it is its turn to answer.
   */
  readonly engine: Readonly<Record<string, string>> | undefined;
}

/** One node of a {@link Cluster}, with the faults it can be given. */
export interface ClusterNode extends FaultControls {
  /** `hostname:port`, as the configuration lists it; kept when the node is replaced. */
  readonly id: string;
  /** The same as `id`: what a client that resolves names with the cluster's `lookup` connects to. */
  readonly endpoint: string;
  readonly hostname: string;
  readonly port: number;
  /** The IP listened on. */
  readonly ip: string;
  /** `'ip:port'` listened on. */
  readonly address: string;
  readonly isRunning: boolean;
  /**
   * Traffic, and the engine's own counts.
   *
   * @example
   * ```ts
   * const { openConnections, engine } = await node.stats();
   * Number(engine?.get_hits);
   * ```
   */
  stats(): Promise<NodeStats>;
}

export interface NodeOptions {
  readonly hostname: string;
  readonly addresses: LoopbackAddresses;
  readonly tls: SecureContextOptions | undefined;
  readonly startEngine: () => Promise<NodeEngine>;
}

export class ProxiedNode implements ClusterNode {
  readonly hostname: string;
  readonly #options: NodeOptions;
  readonly #proxy: FaultProxy;
  #engine: NodeEngine | undefined;
  #starting: Promise<void> | undefined;
  #ip = '';
  #port = 0;
  #moving = true;
  #retired = false;

  constructor(options: NodeOptions) {
    this.hostname = options.hostname;
    this.#options = options;
    this.#proxy = new FaultProxy(options.tls);
  }

  get id(): string {
    return `${this.hostname}:${this.#port}`;
  }

  get endpoint(): string {
    return this.id;
  }

  get ip(): string {
    return this.#ip;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${this.#ip}:${this.#port}`;
  }

  get isRunning(): boolean {
    return this.#engine !== undefined;
  }

  /** The engine, for whoever talks to it past the proxy's faults. */
  get backend(): Backend | undefined {
    return this.#engine?.backend;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#engine !== undefined) return;
    if (this.#retired) throw new Error('The cluster of this node is closed');
    const engine = await this.#options.startEngine();
    this.#engine = engine;
    try {
      await this.#proxy.open(engine.backend, (server) => this.#bind(server));
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  /** Takes a new address at the next start; the port stays. */
  moveAway(): void {
    this.#moving = true;
  }

  async stop(): Promise<void> {
    // A start under way would otherwise leave its process behind.
    await this.#starting?.catch(() => undefined);
    await this.#end();
  }

  /** Stops it for good. */
  retire(): Promise<void> {
    this.#retired = true;
    return this.stop();
  }

  async #end(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await Promise.all([engine?.stop(), this.#proxy.close()]);
  }

  hang(): void {
    this.#proxy.hang();
  }

  resume(): void {
    this.#proxy.resume();
  }

  slow(ms: number): void {
    this.#proxy.slow(ms);
  }

  dropMidReply(): void {
    this.#proxy.spoilNextReply('cut');
  }

  corrupt(): void {
    this.#proxy.spoilNextReply('garbage');
  }

  reset(): void {
    this.#proxy.reset();
  }

  async stats(): Promise<NodeStats> {
    return { ...this.#proxy.stats, engine: await this.#engine?.stats() };
  }

  async #bind(server: Server): Promise<void> {
    if (!this.#moving) {
      await listen(server, this.#ip, this.#port);
      return;
    }
    const { ip, port } = await this.#options.addresses.listen(server, this.#port);
    this.#ip = ip;
    this.#port = port;
    this.#moving = false;
  }
}
