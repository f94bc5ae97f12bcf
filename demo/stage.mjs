import { connect, createServer } from 'node:net';
import { startCluster } from 'memfleet/testing';

const HOSTNAMES = ['node-a.demo.cache.test', 'node-b.demo.cache.test', 'node-c.demo.cache.test'];

/** One cluster, what happens to it, and what its nodes themselves count. */
export class Stage {
  #cluster;
  /** Holds the process that replaces b, until it does. */
  #spare;
  /** @type {import('node:net').Server | undefined} */
  #newAddress;
  /** @type {Map<string, string>} */
  #movedNames = new Map();
  /** What is listed now. @type {{ name: string, hostname: string, ip: string, port: number }[]} */
  members = [];
  /** Every process there ever was. @type {{ name: string, node: import('memfleet/testing').ClusterNode }[]} */
  processes = [];

  /** @param {import('memfleet/testing').Cluster} cluster @param {import('memfleet/testing').Cluster} spare */
  constructor(cluster, spare) {
    this.#cluster = cluster;
    this.#spare = spare;
    const [a, b] = cluster.nodes;
    this.members = [listed('a', a), listed('b', b)];
    this.processes = [
      { name: 'a', node: a },
      { name: 'b', node: b },
    ];
  }

  /** @param {'memcached' | 'embedded'} engine */
  static async open(engine) {
    const cluster = await startCluster({ engine, nodes: 2, hostnames: HOSTNAMES });
    try {
      return new Stage(cluster, await startCluster({ engine, nodes: 1 }));
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get configurationEndpoint() {
    return this.#cluster.configurationEndpoint;
  }

  get version() {
    return BigInt(this.#cluster.version);
  }

  /** Resolves the nodes' names; a replaced node's to its new address. @type {import('node:net').LookupFunction} */
  lookup = (hostname, options, callback) =>
    this.#cluster.lookup(this.#movedNames.get(hostname) ?? hostname, options, callback);

  async add() {
    const node = await this.#cluster.addNode();
    this.members = [...this.members, listed('c', node)];
    this.processes.push({ name: 'c', node });
  }

  /**
   * Another process, empty, under b's name and port at another address; the old one still runs.
   * False where the system has one loopback address only, as macOS does: then there is no other.
   */
  async replace() {
    const b = this.#member('b');
    const [node] = this.#spare.nodes;
    const ip = b.ip.replace(/\d+$/, (last) => String(Number(last) + 100));
    const server = createServer((socket) => forward(socket, node));
    const listens = await new Promise((done) => {
      server.once('error', () => done(false)).listen(b.port, ip, () => done(true));
    });
    if (!listens) return false;
    this.#newAddress = server;
    this.#movedNames.set(b.hostname, ip);
    this.members = this.members.map((member) => (member === b ? { ...b, ip } : member));
    this.processes.push({ name: 'b, replaced', node });
    this.#publish();
    return true;
  }

  /** Ends the process that b had before it was replaced. */
  async retire() {
    await this.processes.find(({ name }) => name === 'b')?.node.stop();
  }

  /** Node a dies; the configuration still lists it. */
  async crash() {
    await this.processes.find(({ name }) => name === 'a')?.node.stop();
  }

  /** The configuration no longer lists node a. */
  drop() {
    const a = this.#member('a');
    this.members = this.members.filter((member) => member !== a);
    this.#publish();
  }

  /** Gets that each process counted so far, by its name; of one that ended, or ends meanwhile, nothing. */
  async gets() {
    const counts = this.processes.map(async ({ name, node }) => {
      const { engine } = await node.stats().catch(() => ({ engine: undefined }));
      return /** @type {const} */ ([name, engine === undefined ? undefined : Number(engine.cmd_get)]);
    });
    return new Map(await Promise.all(counts));
  }

  async close() {
    this.#newAddress?.close();
    await Promise.all([this.#cluster.close(), this.#spare.close()]);
  }

  #publish() {
    const nodes = this.members.map(({ hostname, ip, port }) => ({ hostname, ip, port }));
    const configuration = { version: this.version + 1n, nodes };
    // Any node is asked for the configuration, so that the spare one must know it too.
    this.#spare.publish(configuration);
    this.#cluster.publish(configuration);
  }

  /** @param {string} name */
  #member(name) {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`No node ${name}`);
    return member;
  }
}

/** @param {string} name @param {import('memfleet/testing').ClusterNode} node */
function listed(name, { hostname, ip, port }) {
  return { name, hostname, ip, port };
}

/** @param {import('node:net').Socket} socket @param {import('memfleet/testing').ClusterNode} node */
function forward(socket, { ip, port }) {
  const upstream = connect({ host: ip, port, noDelay: true });
  for (const [from, to] of /** @type {const} */ ([
    [socket, upstream],
    [upstream, socket],
  ])) {
    from.setNoDelay(true).on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
