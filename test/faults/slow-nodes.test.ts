import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { TimeoutError } from '../../src/index.ts';
import { clientOf, healthOf } from '../harness/client-of.ts';
import { follow, nodeAt } from '../harness/follow.ts';
import { type ScriptedConnection, startScripted } from '../harness/scripted-server.ts';
import { BOTH, fault } from './fault.ts';
import { ms, now } from './figure.ts';

const TIMEOUT_MS = 1_000;
/** Late, and in time with something to spare for a busy machine. */
const DELAY_MS = 700;
const CALLS = 60;

fault(
  {
    number: 5,
    name: 'A node answers just before the time-out, each time',
    behaviour: 'every call gets its reply; the node is not taken for dead',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(1);
    const client = follow(cluster, { requestTimeoutMs: TIMEOUT_MS });
    await client.ready({ timeoutMs: 5_000 });
    await client.set('a', 'value');
    const events: unknown[] = [];
    client.on('nodeDown', (event) => events.push(event));
    nodeAt(cluster, 0).slow(DELAY_MS);
    const taken: number[] = [];
    const calls: Promise<void>[] = [];
    for (let i = 0; i < CALLS; i++) {
      const startedAt = now();
      const call = client.get('a').then((value) => {
        expect(value).toBe('value');
        taken.push(now() - startedAt);
      });
      calls.push(call);
      await sleep(10);
    }
    await Promise.all(calls);
    expect(events).toEqual([]);
    expect(client.snapshot().nodes[0]).toMatchObject({ health: 'up', connectionsOpened: 1 });
    return `0 of ${CALLS} calls failed; the slowest took ${ms(Math.max(...taken))} of ${TIMEOUT_MS} ms`;
  },
);

const VALUE = 'x'.repeat(120);
const BYTE_EVERY_MS = 10;
const TRICKLE_TIMEOUT_MS = 250;

fault(
  {
    number: 6,
    name: 'A reply trickles in, a byte at a time',
    behaviour:
      'the call ends with its time-out, whatever still comes; the node is not taken for dead, and nobody gets the rest',
  },
  async () => {
    let trickles = true;
    const said = new Map<ScriptedConnection, Promise<void>>();
    await using server = await startScripted((connection, { key }) => {
      const reply = `VALUE ${key} 0 ${VALUE.length}\r\n${VALUE}\r\nEND\r\n`;
      const before = said.get(connection) ?? Promise.resolve();
      said.set(
        connection,
        before.then(() => (trickles ? trickle(connection, reply) : connection.say(reply))),
      );
    });
    const client = clientOf(server, { requestTimeoutMs: TRICKLE_TIMEOUT_MS });
    const events: unknown[] = [];
    client.on('nodeDown', (event) => events.push(event));
    const startedAt = now();
    await expect(client.get('a')).rejects.toThrow(TimeoutError);
    const settledMs = now() - startedAt;
    expect(healthOf(client)).toBe('up');
    trickles = false;
    // Behind the trickle, or on the next connection: never with the bytes of another.
    await expect
      .poll(() => client.get('b').catch((error: unknown) => error), { timeout: 10_000 })
      .toBe(VALUE);
    expect(await client.get('c')).toBe(VALUE);
    expect(events).toEqual([]);
    return `settled after ${ms(settledMs)} of ${TRICKLE_TIMEOUT_MS} ms, ${server.connections.length} connections used`;
  },
);

async function trickle({ say, socket }: ScriptedConnection, reply: string): Promise<void> {
  for (const byte of reply) {
    if (socket.destroyed) return;
    say(byte);
    await sleep(BYTE_EVERY_MS);
  }
}
