import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { DiscoveryError } from '../../src/index.ts';
import { followOracle, listing, startEndpoint, startNodes } from '../harness/oracle.ts';
import { type ScriptedConnection, startScripted } from '../harness/scripted-server.ts';
import { fault } from './fault.ts';
import { count, megabytes, ms, now } from './figure.ts';

function bytesInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The same once what is garbage is gone. */
function bytesKept(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return bytesInUse();
}

const SAMPLE_MS = 5;

/** Looks every few milliseconds how much is in use; gives what stops it, and tells the most. */
function watchMemory(): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, bytesInUse());
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

const STALL_MS = 300;
const AT_ONCE = 30;

fault(
  {
    number: 37,
    name: 'A configuration reply is cut off after every byte, by the end of the connection or by silence',
    behaviour: 'no part of it is taken; the next look, on another connection, succeeds',
  },
  async () => {
    const nodes = await startNodes(3);
    const [old, reply] = [listing(1, nodes), listing(2, nodes.slice(1))];
    const cuts = Array.from({ length: reply.length }, (_, length) => length);
    const cutOff = async (length: number, how: 'ended' | 'silent'): Promise<void> => {
      let says: (connection: ScriptedConnection) => void = ({ say }) => say(old);
      await using endpoint = await startScripted((connection) => says(connection));
      const client = followOracle(
        { id: endpoint.endpoint },
        { discovery: { timeoutMs: how === 'silent' ? STALL_MS : 5_000, mode: 'memorystore' } },
      );
      await client.ready({ timeoutMs: 10_000 });
      says = ({ say, socket }) => {
        say(reply.slice(0, length));
        if (how === 'ended') socket.end();
      };
      await expect(client.refresh()).rejects.toThrow(DiscoveryError);
      expect(client.topology?.version).toBe(1n);
      says = ({ say }) => say(reply);
      await expect
        .poll(() =>
          client.refresh().then(
            () => client.topology?.version,
            () => undefined,
          ),
        )
        .toBe(2n);
      client.destroy();
    };
    for (const how of ['ended', 'silent'] as const) {
      for (let i = 0; i < cuts.length; i += AT_ONCE) {
        await Promise.all(cuts.slice(i, i + AT_ONCE).map((length) => cutOff(length, how)));
      }
    }
    return `${count(2 * cuts.length)} cuts of a reply of ${reply.length} bytes, 0 taken`;
  },
);

const MOST_NODES = 300;

fault(
  {
    number: 38,
    name: 'A cluster of 300 nodes, the most that ElastiCache has',
    behaviour: 'taken at once; connections are opened only where calls go',
  },
  async () => {
    const [node] = await startNodes(1);
    const endpoint = await startEndpoint();
    const port = node?.port ?? 0;
    const nodes = Array.from({ length: MOST_NODES }, (_, i) => ({ hostname: `node-${i}.oracle.test`, port }));
    const reply = listing(1, nodes);
    endpoint.says = reply;
    const before = bytesKept();
    const startedAt = now();
    const client = followOracle(endpoint);
    await client.ready({ timeoutMs: 10_000 });
    const tookMs = now() - startedAt;
    const grown = bytesKept() - before;
    expect(client.topology?.nodes).toHaveLength(MOST_NODES);
    const owners = new Set(Array.from({ length: 50 }, (_, i) => client.nodeFor(`key:${i}`).id));
    for (let i = 0; i < 50; i++) expect(await client.get(`key:${i}`)).toBe(`key:${i}`);
    const opened = client.snapshot().nodes.reduce((sum, { connectionsOpened }) => sum + connectionsOpened, 0);
    expect(opened).toBe(owners.size);
    expect(grown).toBeLessThan(32 * 1_048_576);
    return `${count(reply.length)} bytes, in force after ${ms(tookMs)}; ${opened} connections for keys of ${owners.size} nodes`;
  },
);

const MEBIBYTE = 1_048_576;

interface Flood {
  readonly name: string;
  readonly send: (connection: ScriptedConnection) => void;
}

const FLOODS: readonly Flood[] = [
  {
    name: '1 MiB of blanks',
    send: ({ say }) => say(`CONFIG cluster 0 ${MEBIBYTE}\r\n${' '.repeat(MEBIBYTE)}\r\nEND\r\n`),
  },
  { name: 'a gibibyte announced', send: ({ say }) => say(`CONFIG cluster 0 ${1024 * MEBIBYTE}\r\n1\n`) },
  { name: 'a header without end', send: (connection) => void pour(connection, 'x'.repeat(16_384), 0) },
  { name: 'a header a byte at a time', send: (connection) => void pour(connection, 'C', 10) },
  {
    name: '1 MiB of digits for a version',
    send: ({ say }) => say(`CONFIG cluster 0 ${MEBIBYTE}\r\n${'9'.repeat(MEBIBYTE)}\r\nEND\r\n`),
  },
];
const FLOOD_TIMEOUT_MS = 500;
const ROUNDS = 5;
/** What a test process takes for its own strings until they are collected, and far from what is announced. */
const MOST_IN_USE = 256 * MEBIBYTE;
const MOST_GROWN = 16 * MEBIBYTE;

fault(
  {
    number: 39,
    name: 'Configuration replies made to fill memory or to last for ever',
    behaviour: 'refused within their bounds, or when the look times out; memory stays bounded',
  },
  async () => {
    const nodes = await startNodes(1);
    let says: Flood['send'] = ({ say }) => say(listing(1, nodes));
    await using endpoint = await startScripted((connection) => says(connection));
    const client = followOracle(
      { id: endpoint.endpoint },
      { discovery: { timeoutMs: FLOOD_TIMEOUT_MS, mode: 'memorystore' } },
    );
    await client.ready();
    expect(await client.get('a')).toBe('a');
    const before = bytesKept();
    const most = watchMemory();
    let slowestMs = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, send } of FLOODS) {
        says = send;
        const startedAt = now();
        await expect(client.refresh(), name).rejects.toThrow(DiscoveryError);
        slowestMs = Math.max(slowestMs, now() - startedAt);
        expect(await client.get('a'), name).toBe('a');
      }
    }
    const peak = most() - before;
    const grown = bytesKept() - before;
    expect(peak).toBeLessThan(MOST_IN_USE);
    expect(grown).toBeLessThan(MOST_GROWN);
    expect(slowestMs).toBeLessThan(FLOOD_TIMEOUT_MS * 10);
    expect(client.topology?.version).toBe(1n);
    return `${ROUNDS * FLOODS.length} floods refused, the slowest after ${ms(slowestMs)}; at most ${megabytes(peak)} more in use, test included, ${megabytes(grown)} in the end`;
  },
);

/** Writes until the other side has enough. */
async function pour({ say, socket }: ScriptedConnection, text: string, pauseMs: number): Promise<void> {
  while (!socket.destroyed) {
    say(text);
    await sleep(pauseMs);
  }
}
