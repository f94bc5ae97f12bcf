import { expect } from 'vitest';
import { ConnectionError, NodeDownError } from '../../src/index.ts';
import { keyOf, keysOf, nodeAt } from '../harness/follow.ts';
import { Traffic } from '../harness/traffic.ts';
import { VANISHABLE, vanish } from '../harness/vanished.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import { endpointOf } from './fault-ground.ts';
import { count, ms, now, quantile, seconds } from './figure.ts';
import { looksAt } from './looks.ts';

const IN_FLIGHT = 100;
/** A look is due within 6 s; what else goes wrong asks for another 5 s later at the earliest. */
const AFTER_MS = 9_000;

fault(
  {
    number: 1,
    name: 'A node dies with 100 calls in flight',
    behaviour: 'they reject at once, `nodeDown` tells once, and the endpoint is asked within seconds, once',
    engines: BOTH,
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const cluster = await ground.cluster(3);
    const { client, looks } = looksAt(cluster, PATIENT);
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.set(key, 1);
    let told = 0;
    client.on('nodeDown', () => {
      told++;
    });
    const before = looks();
    node.hang();
    const calls = Array.from({ length: IN_FLIGHT }, () => client.get(key).catch((error: unknown) => error));
    await expect.poll(() => client.snapshot().nodes.map(({ queuedBytes }) => queuedBytes)).toEqual([0, 0, 0]);
    const diedAt = now();
    await node.stop();
    for (const outcome of await Promise.all(calls)) expect(outcome).toBeInstanceOf(ConnectionError);
    const settledMs = now() - diedAt;
    await expect.poll(() => told).toBe(1);
    await expect(client.get(key)).rejects.toThrow(NodeDownError);
    await time.pass(AFTER_MS);
    expect(told).toBe(1);
    expect(looks() - before).toBe(1);
    return `all ${IN_FLIGHT} settled in ${ms(settledMs)}; 1 look in the ${seconds(AFTER_MS)} after`;
  },
);

const TIMEOUT_MS = 400;
const DOWN_CALLS = 2_000;

fault(
  {
    number: 2,
    name: 'A host vanishes: connections fall silent, dials get no answer',
    behaviour: 'after the first time-outs its calls reject at once; the other nodes serve on',
    engines: ['memcached'],
  },
  async (ground) => {
    const processes = await ground.processes(3, VANISHABLE);
    const [gone, ...others] = processes as [(typeof processes)[0], ...typeof processes];
    const options = { connectTimeoutMs: TIMEOUT_MS, requestTimeoutMs: TIMEOUT_MS };
    const client = ground.clientOf(processes, options);
    await client.version();
    const node = { id: endpointOf(gone) };
    const key = keyOf(client, node);
    const down = new Promise((resolve) => client.once('nodeDown', resolve));
    const up = new Promise((resolve) => client.once('nodeUp', resolve));
    const keys = others.flatMap((other) => keysOf(client, { id: endpointOf(other) }));
    const traffic = new Traffic(client, { keys, callers: 2 });

    const back = await vanish(gone);
    const vanishedAt = now();
    const silent = (async () => {
      for (;;) {
        const error = await client.get(key).catch((reason: unknown) => reason);
        if (error instanceof NodeDownError) return;
      }
    })();
    await Promise.all([down, silent]);
    const connectedMs = now() - vanishedAt;

    // One that has no connection yet, and finds nobody to dial.
    const late = ground.clientOf(processes, options);
    const dialledAt = now();
    await expect(late.get(key)).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|CONNECTION/) });
    await expect.poll(() => late.get(key).catch((error: unknown) => error)).toBeInstanceOf(NodeDownError);
    const dialledMs = now() - dialledAt;

    const waits: number[] = [];
    for (let i = 0; i < DOWN_CALLS; i++) {
      const startedAt = now();
      const error = await client.get(key).catch((reason: unknown) => reason);
      waits.push(now() - startedAt);
      expect(error).toBeInstanceOf(NodeDownError);
    }
    const p99 = quantile(waits, 0.99);
    expect(p99).toBeLessThan(TIMEOUT_MS / 2);
    const { calls, failures, wrong } = await traffic.stop();
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });

    back();
    await up;
    expect(await client.set(key, 1)).toBe(true);
    const told = `${ms(connectedMs)} with a connection, ${ms(dialledMs)} without`;
    return `known after ${told} (time-outs ${TIMEOUT_MS} ms); then p99 ${ms(p99)}; 0 of ${count(calls)} other calls failed`;
  },
);
