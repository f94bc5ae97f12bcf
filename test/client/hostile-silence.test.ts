/** Servers that accept and say nothing: a real memcached that is stopped, as a hung one is. */
import { describe, expect, test } from 'vitest';
import { createClient, type MemcachedClient, TimeoutError } from '../../src/index.ts';
import { type MemcachedProcess, startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { DIALECTS, failureOf, settled } from '../harness/hostile.ts';
import { watchTraces } from '../harness/traces.ts';

const TIMEOUT_MS = 150;
const KEYS = Array.from({ length: 40 }, (_, i) => `key-${i}`);

const VERBS: readonly (readonly [string, (client: MemcachedClient) => Promise<unknown>])[] = [
  ['get', (client) => client.get('a')],
  ['getMany', (client) => client.getMany(['a', 'b'])],
  ['gets', (client) => client.gets('a')],
  ['getsMany', (client) => client.getsMany(['a', 'b'])],
  ['getAndTouch', (client) => client.getAndTouch('a', 100)],
  ['set', (client) => client.set('a', 1)],
  ['add', (client) => client.add('a', 1)],
  ['cas', (client) => client.cas('a', 1, 1n)],
  ['append', (client) => client.append('a', 'x')],
  ['delete', (client) => client.delete('a')],
  ['deleteMany', (client) => client.deleteMany(['a', 'b'])],
  ['touch', (client) => client.touch('a', 100)],
  ['incr', (client) => client.incr('a')],
  ['incr with initial', (client) => client.incr('a', 1, { initial: 1 })],
  ['flushAll', (client) => client.flushAll()],
  ['version', (client) => client.version()],
  ['stats', (client) => client.stats()],
];

async function withMemcached(
  protocol: 'classic' | 'meta',
  act: (memcached: MemcachedProcess, client: MemcachedClient) => Promise<void>,
): Promise<void> {
  const traces = watchTraces();
  const memcached = await startMemcached();
  const client = createClient([`127.0.0.1:${memcached.port}`], {
    protocol,
    requestTimeoutMs: TIMEOUT_MS,
    connectTimeoutMs: TIMEOUT_MS,
  });
  try {
    await act(memcached, client);
  } finally {
    client.destroy();
    process.kill(memcached.pid, 'SIGCONT');
    await memcached.stop();
  }
  await traces.expectNone();
}

/** Stops the process; its threads go on for a moment, so that it is asked until it does not answer. */
async function stop(memcached: MemcachedProcess, client: MemcachedClient): Promise<void> {
  process.kill(memcached.pid, 'SIGSTOP');
  let answers = true;
  while (answers) {
    answers = await client.get('stopped', { timeoutMs: 20 }).then(
      () => true,
      () => false,
    );
  }
}

describe.each(DIALECTS)('%s: a server that is stopped', (dialect) => {
  test('before it greets: every verb fails in time, and serves once it goes on', async () => {
    await withMemcached(dialect, async (memcached, client) => {
      process.kill(memcached.pid, 'SIGSTOP');
      const errors = await settled(VERBS.map(([, make]) => make(client)));
      for (const [i, error] of errors.entries()) {
        expect(error?.code, VERBS[i]?.[0]).toMatch(/TIMEOUT|NODE_DOWN/);
      }
      await expect.poll(() => client.snapshot().nodes[0]).toMatchObject({ pending: 0, queuedBytes: 0 });
      process.kill(memcached.pid, 'SIGCONT');
      await expect.poll(() => client.set('a', 1).catch(() => false), { timeout: 5_000 }).toBe(true);
    });
  });

  test('on an open connection: every verb fails in time', async () => {
    await withMemcached(dialect, async (memcached, client) => {
      await client.version();
      await stop(memcached, client);
      const errors = await settled(VERBS.map(([, make]) => make(client)));
      for (const [i, error] of errors.entries()) {
        expect(error?.code, VERBS[i]?.[0]).toMatch(/TIMEOUT|CONNECTION/);
      }
      // Nobody waits, and nobody asks again: what is dead is not kept.
      await expect.poll(() => client.snapshot().nodes[0]?.pending).toBe(0);
    });
  });

  test('and goes on: what it says late reaches nobody else', async () => {
    await withMemcached(dialect, async (memcached, client) => {
      await client.setMany(KEYS.map((key) => [key, `value of ${key}`] as const));
      await stop(memcached, client);
      const hurried = KEYS.slice(0, 20).map((key) => client.get(key, { timeoutMs: 20 }));
      for (const error of await settled(hurried)) expect(error).toBeInstanceOf(TimeoutError);
      const patient = KEYS.slice(20).map((key) => client.get(key, { timeoutMs: 5_000 }));
      process.kill(memcached.pid, 'SIGCONT');
      expect(await Promise.all(patient)).toEqual(KEYS.slice(20).map((key) => `value of ${key}`));
    });
  });

  test('a write that timed out may be stored, and is never said to be', async () => {
    await withMemcached(dialect, async (memcached, client) => {
      await client.set('a', 'old');
      await stop(memcached, client);
      expect(await failureOf(client.set('a', 'new', { timeoutMs: 20 }))).toBeInstanceOf(TimeoutError);
      process.kill(memcached.pid, 'SIGCONT');
      await expect
        .poll(() => client.get('a').catch((error: unknown) => error), { timeout: 5_000 })
        .toSatisfy((value) => value === 'old' || value === 'new');
    });
  });
});
