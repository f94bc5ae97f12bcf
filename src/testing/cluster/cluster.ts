import type { LookupFunction } from 'node:net';
import type { Credentials } from '../embedded/auth-gate.ts';
import { type ClusterNode, ProxiedNode } from './cluster-node.ts';
import { ConfigurationBackend } from './configuration-backend.ts';
import { type ConfigurationEndpoint, ProxiedEndpoint } from './configuration-endpoint.ts';
import { createLookup } from './lookup.ts';
import { LoopbackAddresses } from './loopback.ts';
import { type EngineKind, startEngine } from './node-engine.ts';
import { formatConfig, type Publication } from './published-config.ts';

export interface ClusterOptions {
  /** How many nodes to start with. Default 3, or as many as there are `hostnames`. */
  readonly nodes?: number;
  /** `'memcached'` (default): real processes, found on the PATH; `'embedded'`: servers inside this process. */
  readonly engine?: EngineKind;
  /**
   * PEM texts. Nodes and configuration endpoint then speak TLS alone, and the configuration lists
   * `hostname||port`, as on ElastiCache. TLS ends at the fault proxies, so that faults spoil what is inside.
   */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Every node asks for this name and password, as `memcached -Y` does. */
  readonly auth?: Credentials;
  /** Names of the nodes in order; further ones are made up. */
  readonly hostnames?: readonly string[];
}

/** A cluster on loopback, to see what a client does when things happen to it. */
export interface Cluster extends AsyncDisposable {
  /** `'127.0.0.1:port'`. */
  readonly configurationEndpoint: string;
  /** The configuration endpoint itself, to stop it, hang it and so on. */
  readonly configuration: ConfigurationEndpoint;
  /** Resolves the names of the nodes, stopped ones too, and of the configuration endpoint, and no others. */
  readonly lookup: LookupFunction;
  /** The nodes the cluster consists of now; the array is not changed afterwards. */
  readonly nodes: readonly ClusterNode[];
  /** Version of the configuration published last; 1 at first. */
  readonly version: number | bigint;
  /**
   * Starts a node, then lists it under the next version.
   *
   * @example
   * ```ts
   * const node = await cluster.addNode();
   * await client.refresh();
   * client.topology?.nodes.some(({ id }) => id === node.id); // true
   * ```
   */
  addNode(): Promise<ClusterNode>;
  /**
   * Takes a node off the list under the next version, then stops it.
   *
   * @throws RangeError when the cluster has no such node.
   *
   * @example
   * ```ts
   * await cluster.removeNode(cluster.nodes[0].id);
   * ```
   */
  removeNode(id: string): Promise<ClusterNode>;
  /**
   * Stops a node and starts it empty at a new address, with the same name and port, under the next version.
   * Where the system has one loopback address alone, the address stays too.
   *
   * @throws RangeError when the cluster has no such node.
   *
   * @example
   * ```ts
   * const { id, address } = cluster.nodes[0];
   * (await cluster.replaceNode(id)).address !== address; // true
   * ```
   */
  replaceNode(id: string): Promise<ClusterNode>;
  /**
   * Makes the configuration endpoint and every node answer this, until the next change of the nodes.
   * Text and bytes are sent as they are, right or wrong.
   *
   * @example
   * ```ts
   * cluster.publish({ version: 9, nodes: cluster.nodes.slice(1) });
   * cluster.publish('CONFIG cluster 0 5\r\ngarbage');
   * ```
   */
  publish(publication: Publication): void;
  /** Ends everything. Later calls do nothing. */
  close(): Promise<void>;
}

const DEFAULT_NODES = 3;
const CONFIGURATION_HOSTNAME = 'memfleet-test.cfg.use1.cache.test';

/**
 * Starts a cluster on loopback: nodes, each behind a proxy that can fail in many ways, and a configuration
 * endpoint that knows them.
 *
 * @throws Error when `memcached` is not installed (choose `engine: 'embedded'` then), or does not start.
 *
 * @example
 * ```ts
 * await using cluster = await startCluster({ nodes: 2 });
 * const client = createClient({ configurationEndpoint: cluster.configurationEndpoint }, { lookup: cluster.lookup });
 * cluster.nodes[0].hang();
 * ```
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new LoopbackCluster(options);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

class LoopbackCluster implements Cluster {
  readonly lookup: LookupFunction;
  readonly #options: ClusterOptions;
  readonly #addresses = new LoopbackAddresses();
  readonly #configuration: ProxiedEndpoint;
  /** All nodes there ever were: one that was removed may have been started again. */
  readonly #all = new Set<ProxiedNode>();
  #nodes: readonly ProxiedNode[] = [];
  #publication: Publication = { version: 0, nodes: [] };
  #version: number | bigint = 0;
  #created = 0;
  #turn = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.lookup = createLookup((hostname) => this.#resolve(hostname));
    const backend = new ConfigurationBackend({
      publication: () => this.#publication,
      nextNode: () => this.#nextNode()?.backend,
    });
    this.#configuration = new ProxiedEndpoint(CONFIGURATION_HOSTNAME, backend, options.tls);
  }

  get configuration(): ConfigurationEndpoint {
    return this.#configuration;
  }

  get configurationEndpoint(): string {
    return this.#configuration.address;
  }

  get nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  get version(): number | bigint {
    return this.#version;
  }

  async start(): Promise<void> {
    const count = this.#options.nodes ?? this.#options.hostnames?.length ?? DEFAULT_NODES;
    this.#nodes = Array.from({ length: count }, () => this.#createNode());
    const starts = await Promise.allSettled(this.#nodes.map((node) => node.start()));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    this.#publishNodes(this.#nodes);
    await this.#configuration.start();
  }

  async addNode(): Promise<ClusterNode> {
    const node = this.#createNode();
    await node.start();
    this.#publishNodes([...this.#nodes, node]);
    return node;
  }

  async removeNode(id: string): Promise<ClusterNode> {
    const node = this.#find(id);
    this.#publishNodes(this.#nodes.filter((other) => other !== node));
    await node.stop();
    return node;
  }

  async replaceNode(id: string): Promise<ClusterNode> {
    const node = this.#find(id);
    await node.stop();
    node.moveAway();
    await node.start();
    this.#publishNodes(this.#nodes);
    return node;
  }

  publish(publication: Publication): void {
    this.#publication = publication;
    if (typeof publication === 'object' && 'version' in publication) this.#version = publication.version;
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([
      this.#configuration.stop(),
      ...[...this.#all].map((node) => node.retire()),
    ]).then(() => undefined);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #createNode(): ProxiedNode {
    if (this.#closed !== undefined) throw new Error('The cluster is closed');
    const { engine = 'memcached', auth, tls } = this.#options;
    this.#created += 1;
    const node = new ProxiedNode({
      hostname: this.#hostname(this.#created),
      addresses: this.#addresses,
      tls,
      startEngine: () => startEngine(engine, auth, (legacy) => formatConfig(this.#publication, legacy)),
    });
    this.#all.add(node);
    return node;
  }

  /** ElastiCache puts the node's number first where TLS is on, so that one wildcard certificate fits all. */
  #hostname(number: number): string {
    const digits = String(number).padStart(4, '0');
    const made =
      this.#options.tls === undefined
        ? `memfleet-test.${digits}.use1.cache.test`
        : `${digits}.memfleet-test.use1.cache.test`;
    return (this.#options.hostnames?.[number - 1] ?? made).toLowerCase();
  }

  #publishNodes(nodes: readonly ProxiedNode[]): void {
    this.#nodes = nodes;
    const hidden = this.#options.tls !== undefined;
    this.publish({
      version: typeof this.#version === 'bigint' ? this.#version + 1n : this.#version + 1,
      nodes: nodes.map(({ hostname, ip, port }) => ({ hostname, ip: hidden ? '' : ip, port })),
    });
  }

  #find(id: string): ProxiedNode {
    const node = this.#nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new RangeError(`No node ${id} in this cluster`);
    return node;
  }

  #nextNode(): ProxiedNode | undefined {
    const running = this.#nodes.filter((node) => node.isRunning);
    this.#turn += 1;
    return running[this.#turn % running.length];
  }

  #resolve(hostname: string): string | undefined {
    if (hostname === CONFIGURATION_HOSTNAME) return '127.0.0.1';
    return this.#nodes.find((node) => node.hostname === hostname)?.ip;
  }
}
