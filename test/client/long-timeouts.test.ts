/** A time-out longer than a timer can be is one that does not come, not one that comes at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ClientInputError, createClient, TimeoutError } from '../../src/index.ts';
import { startCluster } from '../../src/testing/index.ts';
import { Poller } from '../../src/topology/poller.ts';
import { clientOf } from '../harness/client-of.ts';
import { nodeAt } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

const LONG = [3_000_000_000, Number.POSITIVE_INFINITY];

/** Node.js warns of timers that it makes fire after one millisecond. */
function watchWarnings(): string[] {
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => {
    warnings.push(name);
  };
  process.on('warning', warned);
  onTestFinished(() => {
    process.off('warning', warned);
  });
  return warnings;
}

test.each(LONG)('a call may take %d ms', async (timeoutMs) => {
  const warnings = watchWarnings();
  await using server = await startScripted((connection, { key }) => {
    setTimeout(() => connection.value(key, 'late'), 150);
  });
  const client = clientOf(server, { requestTimeoutMs: 50 });
  expect(await client.get('a', { timeoutMs })).toBe('late');
  expect(warnings).toEqual([]);
});

test.each(LONG)('the first topology may take %d ms', async (timeoutMs) => {
  const warnings = watchWarnings();
  const client = createClient({
    topology: async () => {
      await sleep(50);
      return { nodes: ['127.0.0.1:1'] };
    },
  });
  await client.ready({ timeoutMs });
  expect(client.topology?.nodes).toHaveLength(1);
  client.destroy();
  expect(warnings).toEqual([]);
});

test.each([Number.NaN, -1, 0])('no topology may take %d ms', async (timeoutMs) => {
  const client = createClient({ topology: () => new Promise(() => undefined) });
  onTestFinished(() => client.destroy());
  await expect(client.ready({ timeoutMs })).rejects.toThrow(ClientInputError);
});

test.each(LONG)('a node of a test cluster may be slow by %d ms', async (ms) => {
  const warnings = watchWarnings();
  await using cluster = await startCluster({ engine: 'embedded', nodes: 1 });
  const client = clientOf(nodeAt(cluster, 0), { lookup: cluster.lookup, requestTimeoutMs: 100 });
  await client.version();
  nodeAt(cluster, 0).slow(ms);
  await expect(client.get('a')).rejects.toThrow(TimeoutError);
  expect(warnings).toEqual([]);
});

test('the longest interval between looks is one, with its jitter', async () => {
  const warnings = watchWarnings();
  let looks = 0;
  const poller = new Poller({
    intervalMs: 2_147_483_647,
    poll: async () => {
      looks++;
    },
  });
  onTestFinished(() => poller.close());
  // The second one is by the regular interval, up to a fifth longer.
  for (let i = 0; i < 20; i++) await poller.run();
  await sleep(20);
  expect(looks).toBe(20);
  expect(warnings).toEqual([]);
});
