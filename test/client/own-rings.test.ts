/** Rings of the caller's own that are wrong: each call says so, and none waits for ever. */
import { describe, expect, test } from 'vitest';
import {
  createClient,
  type HashRing,
  InvalidCacheConfigError,
  type MemcachedClient,
  type TopologyReport,
} from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

const CALLS: readonly ((client: MemcachedClient) => Promise<unknown>)[] = [
  (client) => client.get('a'),
  (client) => client.set('a', 1),
  (client) => client.delete('a'),
  (client) => client.incr('a'),
  (client) => client.touch('a', 1),
  (client) => client.getMany(['a', 'b']),
  (client) => client.deleteMany(['a', 'b']),
];

async function expectNamed(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'ERR_MEMFLEET_INVALID_CACHE_CONFIG', message: expect.stringMatching(/^hashing: /) },
    });
  }
}

const away = (): never => {
  throw new RangeError('no node for that');
};

describe.each<readonly [string, () => unknown]>([
  ['NaN', () => Number.NaN],
  ['-1', () => -1],
  ['the number of nodes', () => 2],
  ['half an index', () => 0.5],
  ['nothing', () => undefined],
  ['a text', () => '0'],
  ['an error', away],
])('a ring that gives %s for a key', (_, locate) => {
  const ring = (() => locate) as HashRing;

  test('is what its calls reject with', async () => {
    const client = opened(createClient(['a.example', 'b.example'], { hashing: ring }));
    await expectNamed(CALLS.map((call) => call(client)));
    expect(() => client.nodeFor('a')).toThrow(InvalidCacheConfigError);
  });

  test('once nodes have left, is what calls that wait for those reject with', async () => {
    await using mute = await startScripted(() => undefined, { onConnect: () => undefined });
    await using other = await startServer();
    const hashing: HashRing = (nodes) =>
      nodes.some(({ port }) => mute.endpoint.endsWith(`:${port}`)) ? () => 0 : ring(nodes);
    let nodes: TopologyReport['nodes'] = [mute.endpoint];
    const options = { hashing, connectTimeoutMs: 60_000, requestTimeoutMs: 60_000 };
    const client = opened(createClient({ topology: () => ({ nodes }) }, options));
    await client.ready();
    const calls = CALLS.map((call) => call(client));
    await expect.poll(() => client.snapshot().nodes[0]?.pending).toBe(8);
    nodes = [other.endpoint];
    await client.refresh();
    await expectNamed(calls);
    expect(client.snapshot().draining).toEqual([]);
  });

  test('of the nodes that are up, is what calls of those that are down reject with', async () => {
    const gone = await startServer();
    await gone.close();
    await using other = await startServer();
    const hashing: HashRing = (nodes) => (nodes.length === 2 ? () => 0 : ring(nodes));
    const client = opened(createClient([gone.endpoint, other.endpoint], { hashing, failover: 'next' }));
    // First those that wait for the connection, then one that is refused at once.
    await expectNamed([client.get('a'), client.set('a', 1), client.getMany(['a', 'b'])]);
    await expectNamed([client.get('a')]);
  });
});

test('a ring that gives no locator is what the client is not made with', () => {
  const hashing = (() => 0) as unknown as HashRing;
  expect(() => createClient(['a', 'b'], { hashing })).toThrow(InvalidCacheConfigError);
});

test('a ring that throws is what the client is not made with', () => {
  expect(() => createClient(['a', 'b'], { hashing: away })).toThrow('no node for that');
});
