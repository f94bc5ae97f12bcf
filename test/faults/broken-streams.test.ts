import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { ConnectionError, createClient, ProtocolError, ServerError } from '../../src/index.ts';
import { healthOf } from '../harness/client-of.ts';
import { follow, keyOf, keysOf, nodeAt, opened } from '../harness/follow.ts';
import { oracleLookup, startNodes } from '../harness/oracle.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { Traffic } from '../harness/traffic.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import { count, seconds } from './figure.ts';

const CUTS = 40;
const LARGE = 100_000;

fault(
  {
    number: 7,
    name: 'Connections break in the middle of values',
    behaviour: 'a call gets its whole value or an error; the next call has another connection',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const client = follow(cluster, { requestTimeoutMs: 5_000 });
    await client.ready();
    const keys = cluster.nodes.flatMap((node) => keysOf(client, node).slice(0, 2));
    const values = keys.map((key) => [key, key.repeat(LARGE / key.length)] as const);
    await client.setMany(values);
    let [whole, broken] = [0, 0];
    for (let i = 0; i < CUTS; i++) {
      const served = (): Promise<unknown> =>
        client.getMany(keys).then(
          ({ size }) => size,
          () => 0,
        );
      await expect.poll(served, { timeout: 5_000 }).toBe(keys.length);
      const node = nodeAt(cluster, i % 2);
      if (i % 4 < 3) node.dropMidReply();
      const calls = values.map(async ([key, value]) => {
        const found = await client.get(key).catch((error: unknown) => error);
        if (found instanceof ConnectionError) broken++;
        else if (found === value) whole++;
      });
      await turn();
      if (i % 4 === 3) node.reset();
      await Promise.all(calls);
    }
    expect(whole + broken).toBe(CUTS * values.length);
    expect(broken).toBeGreaterThan(CUTS / 2);
    expect(whole).toBeGreaterThan(CUTS / 2);
    return `${CUTS} cuts: ${broken} calls rejected, ${whole} got their whole value`;
  },
);

const STORM_MS = 120_000;
const STORM_STEP_MS = 250;

fault(
  {
    number: 8,
    name: 'One node of three accepts every connection and closes it',
    behaviour: 'no storm of dials: they come further and further apart, each client at times of its own',
  },
  async () => {
    const time = VirtualTime.begin();
    const nodes = await startNodes(2);
    await using storm = await startScripted(() => undefined, {
      onConnect: ({ socket }) => socket.destroy(),
    });
    const stormy = { id: `storm.test:${storm.endpoint.split(':')[1]}` };
    const servers = [stormy, ...nodes].map(({ id }) => id);
    const dials: number[][] = [[], []];
    const clients = dials.map((ofClient) =>
      opened(
        createClient(servers, {
          ...PATIENT,
          protocol: 'classic',
          lookup: (name, ...rest) => {
            if (name === 'storm.test') ofClient.push(time.now);
            oracleLookup(name, ...rest);
          },
        }),
      ),
    );
    const calls: Promise<unknown>[] = [];
    for (let at = 0; at < STORM_MS; at += STORM_STEP_MS) {
      for (const client of clients) {
        calls.push(client.get(keyOf(client, stormy)).catch((error: unknown) => error));
      }
      await time.pass(STORM_STEP_MS, STORM_STEP_MS);
    }
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toMatchObject({ code: expect.stringMatching(/CONNECTION|NODE_DOWN/) });
    }
    const [some = [], others = []] = dials;
    expect(some).not.toEqual(others);
    const pauses = some.slice(1).map((at, i) => at - (some[i] as number));
    expect(some.length).toBeGreaterThan(5);
    expect(some.length).toBeLessThan(30);
    expect(Math.max(...pauses)).toBeGreaterThan(10_000);
    return `${some.length} and ${others.length} dials for ${count(calls.length)} calls in ${seconds(STORM_MS)}; pauses up to ${seconds(Math.max(...pauses))}`;
  },
);

const SPOILT = 40;

fault(
  {
    number: 9,
    name: 'Replies are replaced by garbage, under load',
    behaviour: 'typed errors; no call ever gets the value of another',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const client = follow(cluster, { requestTimeoutMs: 2_000 });
    await client.ready();
    const traffic = new Traffic(client);
    const isUp = (): boolean => client.snapshot().nodes.every(({ health }) => health === 'up');
    for (let i = 0; i < SPOILT; i++) {
      await expect.poll(isUp, { timeout: 5_000 }).toBe(true);
      nodeAt(cluster, i % 2).corrupt();
      await sleep(10);
    }
    const { calls, failures, wrong } = await traffic.stop();
    expect(wrong).toEqual([]);
    expect(failures.some((error) => error instanceof ProtocolError)).toBe(true);
    for (const error of failures) expect(error.code).toMatch(/_(PROTOCOL|CONNECTION|NODE_DOWN)$/);
    return `0 wrong values in ${count(calls)} calls, of which ${failures.length} rejected; ${SPOILT} times garbage`;
  },
);

fault(
  {
    number: 10,
    name: 'A node is out of memory (`memcached -M`)',
    behaviour: 'writes reject with the `ServerError` it says; reads go on; the node is not taken for dead',
    engines: ['memcached'],
  },
  async (ground) => {
    const client = ground.clientOf(await ground.processes(1, ['-M', '-m', '2']), { requestTimeoutMs: 5_000 });
    const value = 'x'.repeat(200_000);
    await client.set('first', value);
    let stored = 0;
    let refused: unknown;
    while (refused === undefined && stored < 1_000) {
      await client.set(`key:${stored}`, value).then(
        () => {
          stored++;
        },
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toBeInstanceOf(ServerError);
    expect(refused).toMatchObject({
      status: 'SERVER_ERROR',
      message: expect.stringContaining('out of memory'),
    });
    expect(await client.get('first')).toBe(value);
    expect(healthOf(client)).toBe('up');
    expect(client.snapshot().nodes[0]?.connectionsOpened).toBe(1);
    return `refused after ${stored + 1} values of 200 KB; health up, 1 connection`;
  },
);

/** memcached counts its own descriptors too. */
const LIMIT = 16;
const WANTED = 32;

fault(
  {
    number: 11,
    name: 'A node has too many connections (`maxconns_fast`)',
    behaviour: 'connections that are open serve all calls; refused ones are not dialled again in a storm',
    engines: ['memcached'],
  },
  async (ground) => {
    const processes = await ground.processes(1, ['-c', String(LIMIT), '-o', 'maxconns_fast', '-t', '1']);
    const client = ground.clientOf(processes, { connectionsPerNode: WANTED, requestTimeoutMs: 5_000 });
    const events: unknown[] = [];
    client.on('nodeDown', (event) => events.push(event));
    await client.set('a', 1);
    const traffic = new Traffic(client, { callers: 2 * WANTED });
    await sleep(1_000);
    const { calls, failures } = await traffic.stop();
    expect(failures).toEqual([]);
    expect(events).toEqual([]);
    const { connections = 0, connectionsOpened = 0 } = client.snapshot().nodes[0] ?? {};
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThan(WANTED);
    const refused = connectionsOpened - connections;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(20);
    return `0 of ${count(calls)} calls failed on ${connections} connections, ${WANTED} wanted; ${count(refused)} refused in 1.0 s`;
  },
);
