import { SAMPLE_MS } from './script.mjs';

/**
 * What the nodes and the traffic counted, a point each quarter of a second.
 *
 * @typedef {{ seconds: number, getsPerNode: Record<string, number>, hitRate: number | null, failures: number }} Sample
 */
export class Recorder {
  #stage;
  #traffic;
  /** @type {Map<string, number>} */
  #gets = new Map();
  #before = { at: 0, hits: 0, reads: 0, failures: 0 };
  /** @type {Sample[]} */
  samples = [];
  /** @type {Record<string, number>} */
  totals = {};

  /** @param {import('./stage.mjs').Stage} stage @param {import('./traffic.mjs').Traffic} traffic */
  constructor(stage, traffic) {
    this.#stage = stage;
    this.#traffic = traffic;
  }

  /** Counts from here on. */
  async start() {
    this.#gets = countsOf(await this.#stage.gets());
    this.#before = this.#counted();
  }

  /** @param {number} startedAt monotonic ms of second 0 */
  async sample(startedAt) {
    const gets = await this.#stage.gets();
    const now = this.#counted();
    const before = this.#before;
    const seconds = (now.at - before.at) / 1_000;
    if (seconds < SAMPLE_MS / 2_000) return;
    /** @type {Record<string, number>} */
    const getsPerNode = {};
    for (const [name, count] of gets) {
      const more = count === undefined ? 0 : count - (this.#gets.get(name) ?? 0);
      this.totals[name] = (this.totals[name] ?? 0) + more;
      getsPerNode[name] = more / seconds;
    }
    const reads = now.reads - before.reads;
    this.samples.push({
      seconds: (now.at - startedAt) / 1_000,
      getsPerNode,
      hitRate: reads === 0 ? null : (100 * (now.hits - before.hits)) / reads,
      failures: (now.failures - before.failures) / seconds,
    });
    this.#gets = countsOf(gets, this.#gets);
    this.#before = now;
  }

  #counted() {
    const { hits, reads, failures } = this.#traffic;
    return { at: performance.now(), hits, reads, failures: failures.length };
  }
}

/** @param {Map<string, number | undefined>} gets @param {Map<string, number>} [known] */
function countsOf(gets, known = new Map()) {
  return new Map([...gets].map(([name, count]) => [name, count ?? known.get(name) ?? 0]));
}
