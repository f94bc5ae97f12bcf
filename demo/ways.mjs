import { createClient } from 'memfleet';

/**
 * A way to use the cluster. The traffic uses `client`, whatever that is at the moment.
 *
 * @typedef {object} Way
 * @property {'endpoint' | 'fixed' | 'discovery'} id
 * @property {string} title
 * @property {import('memfleet').MemcachedClient} client
 * @property {(key: string) => string} ownerOf the node that a key is at now
 * @property {(change: Change) => number | undefined} followedAt when a change was in effect; monotonic ms
 * @property {() => Promise<void>} close
 *
 * @typedef {{ kind: 'add' | 'replace' | 'crash', member: string, address: string, version: bigint, at: number, droppedAt?: number }} Change
 */

/**
 * The configuration endpoint taken for a plain server. Its name resolves to all nodes, in another order
 * each time, and such a client talks to the first. It connects anew as servers do when a worker starts
 * again, an idle connection ends or a function starts cold.
 *
 * @implements {Way}
 */
export class EndpointAsServer {
  id = /** @type {const} */ ('endpoint');
  title = '1. One server';
  /** Connections that went to another node than the one before. */
  switches = 0;
  #stage;
  #timer;
  #turn = 0;
  #member;
  /** @type {{ address: string, at: number }[]} */
  #connections = [];
  /** @type {Promise<void>[]} */
  #closing = [];

  /** @param {import('./stage.mjs').Stage} stage @param {number} reconnectMs */
  constructor(stage, reconnectMs) {
    this.#stage = stage;
    this.#member = stage.members[0];
    this.client = this.#open();
    this.#timer = setInterval(() => this.#reconnect(), reconnectMs);
  }

  ownerOf() {
    return this.#member.name;
  }

  /** @param {Change} change */
  followedAt(change) {
    // The name no longer resolves to a node from when the configuration drops it.
    if (change.kind === 'crash') return change.droppedAt;
    return this.#connections.find(({ address, at }) => address === change.address && at >= change.at)?.at;
  }

  async close() {
    clearInterval(this.#timer);
    await Promise.all([...this.#closing, this.client.close()]);
  }

  #reconnect() {
    const { members } = this.#stage;
    this.#turn += 1;
    const next = members[this.#turn % members.length];
    if (next.name !== this.#member.name) this.switches += 1;
    this.#member = next;
    this.#closing.push(this.client.close());
    this.client = this.#open();
  }

  #open() {
    const { ip, port } = this.#member;
    this.#connections.push({ address: `${ip}:${port}`, at: performance.now() });
    const client = createClient([`${ip}:${port}`]);
    client.on('nodeDown', () => {
      if (client === this.client) this.#reconnect();
    });
    return client;
  }
}

/**
 * The nodes' names as they were when the program was started.
 *
 * @implements {Way}
 */
export class FixedList {
  id = /** @type {const} */ ('fixed');
  title = '2. Fixed list';
  /** @type {number[]} */
  #downAt = [];

  /** @param {import('./stage.mjs').Stage} stage */
  constructor(stage) {
    const servers = stage.members.map(({ hostname, port }) => `${hostname}:${port}`);
    this.client = createClient(servers, { lookup: stage.lookup });
    this.client.on('nodeDown', () => this.#downAt.push(performance.now()));
  }

  /** @param {string} key */
  ownerOf(key) {
    return this.client.nodeFor(key).id;
  }

  followedAt() {
    return undefined;
  }

  /** @param {number} since */
  downAt(since) {
    return this.#downAt.find((at) => at >= since);
  }

  close() {
    return this.client.close();
  }
}

/**
 * The configuration endpoint, with discovery: the way of this library.
 *
 * @implements {Way}
 */
export class Discovery {
  id = /** @type {const} */ ('discovery');
  title = '3. Discovery';
  /** @type {Map<bigint | undefined, number>} */
  #appliedAt = new Map();
  /** @type {number[]} */
  #downAt = [];

  /** @param {import('./stage.mjs').Stage} stage */
  constructor(stage) {
    const target = { configurationEndpoint: stage.configurationEndpoint };
    this.client = createClient(target, { lookup: stage.lookup, discovery: { intervalMs: 1_000 } });
    this.client.on('topology', ({ version }) => this.#appliedAt.set(version, performance.now()));
    this.client.on('nodeDown', () => this.#downAt.push(performance.now()));
  }

  /** @param {string} key */
  ownerOf(key) {
    return this.client.nodeFor(key).id;
  }

  /** @param {Change} change */
  followedAt({ version }) {
    return this.#appliedAt.get(version);
  }

  /** @param {number} since */
  downAt(since) {
    return this.#downAt.find((at) => at >= since);
  }

  close() {
    return this.client.close();
  }
}
