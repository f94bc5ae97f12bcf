import { KEYS, OPERATIONS_PER_SECOND, WRITE_SHARE } from './script.mjs';

const TICK_MS = 10;
/** What a page fragment may weigh. */
const FILLER = 'x'.repeat(400);

/** @param {number} index */
export const keyOf = (index) => `page:${index}`;

/**
 * What most programs do with a cache: read; where there is nothing, take it from the database and store it;
 * and store it too when the database changes. The database is a list of versions, which tells whether a
 * value read is older than what was written.
 */
export class Traffic {
  #way;
  #versions = new Uint32Array(KEYS);
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #startedAt = 0;
  #started = 0;
  #running = new Set();
  hits = 0;
  misses = 0;
  failedReads = 0;
  stale = 0;
  /** Calls that rejected. @type {{ startedAt: number, ms: number, error: string }[]} */
  failures = [];

  /** @param {import('./ways.mjs').Way} way */
  constructor(way) {
    this.#way = way;
  }

  get reads() {
    return this.hits + this.misses + this.failedReads;
  }

  /** Stores everything once, so that no way begins with an empty cache. */
  async warmUp() {
    const { client } = this.#way;
    const entries = Array.from(this.#versions, (_, i) => /** @type {const} */ ([keyOf(i), this.#page(i)]));
    const failed = await client.setMany(entries, { timeoutMs: 5_000 });
    if (failed.length > 0) throw new Error(`${this.#way.title}: ${failed.length} keys could not be stored`);
  }

  start() {
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Resolves once every call is settled. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #tick() {
    const due = ((performance.now() - this.#startedAt) / 1_000) * OPERATIONS_PER_SECOND;
    for (; this.#started < due; this.#started += 1) {
      const index = Math.floor(Math.random() * KEYS);
      const operation = Math.random() < WRITE_SHARE ? this.#write(index) : this.#read(index);
      this.#running.add(operation);
      void operation.then(() => this.#running.delete(operation));
    }
  }

  /** @param {number} index */
  async #read(index) {
    const newest = this.#versions[index];
    const page = await this.#call((client) => client.get(keyOf(index)));
    if (page === FAILED) {
      this.failedReads += 1;
      return;
    }
    if (page === undefined) {
      this.misses += 1;
      await this.#call((client) => client.set(keyOf(index), this.#page(index), { ttl: '1h' }));
      return;
    }
    this.hits += 1;
    if (page.version < newest) this.stale += 1;
  }

  /** @param {number} index */
  async #write(index) {
    this.#versions[index] += 1;
    await this.#call((client) => client.set(keyOf(index), this.#page(index), { ttl: '1h' }));
  }

  /** @param {(client: import('memfleet').MemcachedClient) => Promise<any>} operation */
  async #call(operation) {
    const startedAt = performance.now();
    try {
      return await operation(this.#way.client);
    } catch (error) {
      const ms = performance.now() - startedAt;
      this.failures.push({ startedAt, ms, error: error instanceof Error ? error.name : String(error) });
      return FAILED;
    }
  }

  /** @param {number} index */
  #page(index) {
    return { version: this.#versions[index], text: FILLER };
  }
}

const FAILED = Symbol('failed');
