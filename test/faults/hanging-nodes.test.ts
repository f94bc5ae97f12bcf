import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { MemcachedClient } from '../../src/index.ts';
import type { Cluster, ClusterNode } from '../../src/testing/index.ts';
import { follow, keyOf, keysOf, nodeAt } from '../harness/follow.ts';
import { Traffic } from '../harness/traffic.ts';
import { BOTH, fault } from './fault.ts';
import { count, ms, now, quantile } from './figure.ts';

const TIMEOUT_MS = 400;

fault(
  {
    number: 3,
    name: 'A node hangs (SIGSTOP), and goes on later',
    behaviour:
      'down after three time-outs, its connection dropped; late replies reach nobody; back by a probe',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const client = follow(cluster, { requestTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS });
    await client.ready({ timeoutMs: 5_000 });
    await client.version({ timeoutMs: 5_000 });
    const node = nodeAt(cluster, 1);
    const events: string[] = [];
    const at: number[] = [];
    for (const event of ['nodeDown', 'nodeUp'] as const) {
      client.on(event, (about: { readonly node: string }) => {
        events.push(`${event} ${about.node}`);
        at.push(now());
      });
    }
    const traffic = new Traffic(client, { callers: 8 });
    await sleep(50);
    const goOn = await ground.freeze(node);
    const frozenAt = now();
    await expect.poll(() => events, { timeout: 5_000 }).toEqual([`nodeDown ${node.id}`]);
    const downMs = (at[0] as number) - frozenAt;
    goOn();
    const goesOnAt = now();
    await expect.poll(() => events[1], { timeout: 10_000 }).toBe(`nodeUp ${node.id}`);
    const backMs = (at[1] as number) - goesOnAt;
    await sleep(100);
    const { calls, failures, wrong } = await traffic.stop();
    expect(wrong).toEqual([]);
    for (const error of failures) expect(error.node).toBe(node.id);
    expect(failures.length).toBeGreaterThanOrEqual(3);
    const snapshot = client.snapshot().nodes.find(({ id }) => id === node.id);
    expect(snapshot?.connectionsOpened).toBeGreaterThan(1);
    expect(await client.set(keyOf(client, node), 1, { timeoutMs: 5_000 })).toBe(true);
    return `down after ${ms(downMs)} (time-out ${TIMEOUT_MS} ms), back after ${ms(backMs)}; 0 wrong values in ${count(calls)} calls`;
  },
);

const CALL_TIMEOUT_MS = 300;
const ROUNDS = 5;
const ROUND_MS = 250;

fault(
  {
    number: 4,
    name: 'One node of three hangs: what the other two feel',
    behaviour:
      'their p99 stays within twice that of a healthy cluster; calls of the hung one end with their time-out, then at once',
    engines: BOTH,
  },
  async (ground) => {
    const options = { requestTimeoutMs: CALL_TIMEOUT_MS, connectTimeoutMs: CALL_TIMEOUT_MS };
    const [healthy, hit] = [await ground.cluster(3), await ground.cluster(3)];
    const clients = [healthy, hit].map((cluster) => follow(cluster, options)) as [
      MemcachedClient,
      MemcachedClient,
    ];
    for (const client of clients) {
      await client.ready({ timeoutMs: 5_000 });
      await client.version({ timeoutMs: 5_000 });
    }
    // Both are measured in the same moments, so that whatever else the machine does slows both.
    const ratios: number[] = [];
    const hung = new HungCalls(clients[1], nodeAt(hit, 2));
    const goOn = await ground.freeze(nodeAt(hit, 2));
    for (let round = 0; round < ROUNDS; round++) {
      const until = now() + ROUND_MS;
      const [calm, disturbed] = await Promise.all([
        latencies(clients[0], healthy, until),
        latencies(clients[1], hit, until),
      ]);
      ratios.push(quantile(disturbed, 0.99) / quantile(calm, 0.99));
    }
    const { overdueMs, downP99 } = await hung.stop();
    goOn();
    const ratio = quantile(ratios, 0.5);
    expect(ratio).toBeLessThan(2);
    expect(overdueMs).toBeLessThan(CALL_TIMEOUT_MS * 5);
    expect(downP99).toBeLessThan(CALL_TIMEOUT_MS / 2);
    return `p99 ${ratio.toFixed(2)} times that of a healthy cluster; time-outs at most ${ms(overdueMs)} late; once down p99 ${ms(downP99)}`;
  },
);

/** How long each call took that went to the first two nodes of a cluster, one after another. */
async function latencies(client: MemcachedClient, cluster: Cluster, until: number): Promise<number[]> {
  const keys = [0, 1].flatMap((index) => keysOf(client, nodeAt(cluster, index)));
  const taken: number[] = [];
  for (let i = 0; now() < until; i++) {
    const startedAt = now();
    await client.get(keys[i % keys.length] as string, { timeoutMs: 5_000 });
    taken.push(now() - startedAt);
  }
  return taken;
}

/** Calls of a node that hangs, every few milliseconds. */
class HungCalls {
  readonly #calls: Promise<void>;
  readonly #overdueMs: number[] = [];
  readonly #whenDown: number[] = [];
  #running = true;

  constructor(client: MemcachedClient, node: ClusterNode) {
    this.#calls = this.#call(client, keyOf(client, node));
  }

  async stop(): Promise<{ overdueMs: number; downP99: number }> {
    this.#running = false;
    await this.#calls;
    expect(this.#overdueMs).not.toEqual([]);
    expect(this.#whenDown).not.toEqual([]);
    return { overdueMs: Math.max(...this.#overdueMs), downP99: quantile(this.#whenDown, 0.99) };
  }

  async #call(client: MemcachedClient, key: string): Promise<void> {
    const pending: Promise<void>[] = [];
    while (this.#running) {
      const startedAt = now();
      const settled = client.get(key).then(
        // What was asked before the node hung.
        () => undefined,
        (error: { readonly code: string }) => {
          const took = now() - startedAt;
          if (error.code === 'ERR_MEMFLEET_NODE_DOWN') this.#whenDown.push(took);
          else this.#overdueMs.push(took - CALL_TIMEOUT_MS);
        },
      );
      pending.push(settled);
      await sleep(5);
    }
    await Promise.all(pending);
  }
}
