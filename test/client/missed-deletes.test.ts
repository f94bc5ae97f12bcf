/** What a node did not hear while it was down is made up for before it serves again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ClientOptions, type MemcachedClient, NodeDownError } from '../../src/index.ts';
import { JOURNAL_DROPPED_KEYS, JOURNAL_KEYS } from '../../src/node/journal.ts';
import { type Cluster, startCluster } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { follow, KEYS, keyOf, nodeAt, small } from '../harness/follow.ts';
import { direct, hangUntilDown, keysOf, stopUntilDown, untilUp } from '../harness/outage.ts';
import { type ScriptedConnection, type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

async function followed(cluster: Cluster, options: ClientOptions = {}): Promise<MemcachedClient> {
  const client = follow(cluster, options);
  await client.setMany(
    KEYS.map((key) => [key, 'old'] as const),
    { timeoutMs: 5_000 },
  );
  return client;
}

function journaled(client: MemcachedClient, node: { readonly id: string }): number | undefined {
  return client.snapshot().nodes.find(({ id }) => id === node.id)?.journaledKeys;
}

describe.each(['memcached', 'embedded'] as const)(
  'a node of %s that was down and kept what it had',
  (engine) => {
    test('does not serve what was deleted meanwhile', async () => {
      await using cluster = await startCluster({ engine, nodes: 2 });
      const client = await followed(cluster);
      const node = nodeAt(cluster, 0);
      const [lost, late, whileDown, expired, kept] = keysOf(client, node) as [
        string,
        string,
        string,
        string,
        string,
      ];
      node.hang();
      const broken = client.delete(lost).catch((error: unknown) => error);
      await sleep(20);
      node.reset();
      expect(await broken).toMatchObject({ code: 'ERR_MEMFLEET_CONNECTION' });
      await expect(client.delete(late)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_TIMEOUT' });
      await hangUntilDown(client, node);
      await expect(client.delete(whileDown)).rejects.toThrow(NodeDownError);
      await expect(client.touch(expired, -1)).rejects.toThrow(NodeDownError);
      expect(journaled(client, node)).toBe(4);
      // What came while it hung is forgotten too, as where a network was away.
      node.reset();
      await untilUp(client, node);
      expect(await client.getMany([lost, late, whileDown, expired, kept])).toEqual(new Map([[kept, 'old']]));
      expect(journaled(client, node)).toBe(0);
    });

    test('does not serve what was written to a stand-in', async () => {
      await using cluster = await startCluster({ engine, nodes: 3 });
      const client = await followed(cluster, { failover: 'next' });
      const node = nodeAt(cluster, 0);
      const [written, deleted, read, touched] = keysOf(client, node) as [string, string, string, string];
      await hangUntilDown(client, node);
      expect(await client.set(written, 'new')).toBe(true);
      expect(await client.delete(deleted)).toBe(false);
      expect(await client.get(read)).toBeUndefined();
      expect(await client.touch(touched, 5)).toBe(false);
      expect(journaled(client, node)).toBe(2);
      await untilUp(client, node);
      expect(await client.getMany([written, deleted, read, touched])).toEqual(
        new Map([
          [read, 'old'],
          [touched, 'old'],
        ]),
      );
    });
  },
);

describe('a late delete', () => {
  test('is not sent where the node replied in between: it would remove a fresh value', async () => {
    await using cluster = await small(2);
    const client = await followed(cluster);
    const node = nodeAt(cluster, 0);
    const [key, other] = keysOf(client, node) as [string, string];
    node.hang();
    await expect(client.delete(key)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_TIMEOUT' });
    node.resume();
    expect(await client.set(key, 'fresh', { timeoutMs: 5_000 })).toBe(true);
    await hangUntilDown(client, node);
    await expect(client.delete(other)).rejects.toThrow(NodeDownError);
    await untilUp(client, node);
    expect(await client.get(key)).toBe('fresh');
    expect(await client.get(other)).toBeUndefined();
  });

  test('is not kept once the suspicion has passed', async () => {
    await using cluster = await small(1);
    const client = await followed(cluster);
    const node = nodeAt(cluster, 0);
    node.hang();
    await expect(client.delete('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_TIMEOUT' });
    expect(journaled(client, node)).toBe(1);
    node.resume();
    await client.get('a', { timeoutMs: 5_000 });
    expect(journaled(client, node)).toBe(0);
  });

  test('is not sent to a node that replaced the one that missed it', async () => {
    await using cluster = await small(2);
    const client = await followed(cluster);
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await stopUntilDown(client, node);
    await expect(client.delete(key)).rejects.toThrow(NodeDownError);
    expect(journaled(client, node)).toBe(1);
    await cluster.replaceNode(node.id);
    await client.refresh();
    await expect.poll(() => client.get(key).catch((error: unknown) => error)).toBeUndefined();
    expect(journaled(client, node)).toBe(0);
    expect((await nodeAt(cluster, 0).stats()).engine).toMatchObject({ delete_misses: '0', delete_hits: '0' });
  });

  test('is not sent to a node that left and came back', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster);
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await hangUntilDown(client, node);
    await expect(client.delete(key)).rejects.toThrow(NodeDownError);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    cluster.publish({ version: 3, nodes: cluster.nodes });
    await client.refresh();
    expect(journaled(client, node)).toBe(0);
  });
});

describe('before a node serves again', () => {
  /** Marks the only node down while deletes of these keys are in flight; it then lives on. */
  async function downWithDeletes(
    client: MemcachedClient,
    server: ScriptedServer,
    keys: string[],
  ): Promise<void> {
    const down = new Promise((resolve) => {
      client.once('nodeDown', resolve);
    });
    const deletes = Promise.allSettled(keys.map((key) => client.delete(key)));
    await down;
    for (const result of await deletes) expect(result.status).toBe('rejected');
    expect(server.asked.filter(({ line }) => line.startsWith('delete'))).toHaveLength(keys.length);
  }

  const reply = (connection: ScriptedConnection, line: string, key: string): void => {
    if (line.startsWith('delete')) connection.say('NOT_FOUND\r\n');
    else connection.value(key, key);
  };

  test('all that it missed is deleted, on the connection of the probe, in one go', async () => {
    const keys = Array.from({ length: 2_500 }, (_, i) => `k${i}`);
    const held: (() => void)[] = [];
    await using server = await startScripted((connection, { line, key }) => {
      if (connection.index === 0) return;
      held.push(() => reply(connection, line, key));
      if (held.length % 500 === 0) for (const say of held.splice(0)) say();
      if (line.startsWith('get')) for (const say of held.splice(0)) say();
    });
    const client = clientOf(server, { requestTimeoutMs: 400 });
    await client.get('a').catch(() => undefined);
    await downWithDeletes(client, server, keys);
    const asked = server.asked.length;
    await new Promise((resolve) => {
      client.once('nodeUp', resolve);
    });
    expect(await client.get('a')).toBe('a');
    expect(server.connections).toHaveLength(2);
    const then = server.asked.slice(asked).map(({ line }) => line);
    expect(then).toEqual([...keys.map((key) => `delete ${key}`), 'get a']);
  });

  test('it is not marked up while a delete is unanswered, and not at all where one fails', async () => {
    const outcomes = ['SERVER_ERROR busy\r\n', 'close', 'mute', 'NOT_FOUND\r\n'];
    const asked: string[][] = [];
    await using server = await startScripted((connection, { line, key }) => {
      asked[connection.index] = [...(asked[connection.index] ?? []), line];
      const outcome = outcomes[connection.index - 1] ?? 'mute';
      if (line.startsWith('get')) connection.value(key, key);
      else if (outcome === 'close') connection.socket.destroy();
      else if (outcome !== 'mute') connection.say(outcome);
    });
    const client = clientOf(server, { requestTimeoutMs: 200 });
    const ups: number[] = [];
    client.on('nodeUp', () => ups.push(server.connections.length));
    await downWithDeletes(client, server, ['a', 'b', 'c']);
    await expect.poll(() => client.get('a').catch(() => undefined), { timeout: 15_000 }).toBe('a');
    expect(ups).toEqual([1 + outcomes.length]);
    for (const commands of asked.slice(1, -1)) {
      expect(commands.every((line) => line.startsWith('delete'))).toBe(true);
    }
    expect(asked.at(-1)?.slice(0, 3).toSorted()).toEqual(['delete a', 'delete b', 'delete c']);
  });

  test('a key that comes last is not waited for, but takes it down again where it fails', async () => {
    let release = (): void => undefined;
    const holds = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked: string[][] = [];
    await using server = await startScripted((connection, { line, key }) => {
      asked[connection.index] = [...(asked[connection.index] ?? []), line];
      if (connection.index === 0) return;
      if (connection.index > 1) reply(connection, line, key);
      else if (line === 'delete last') connection.socket.destroy();
      else void holds.then(() => reply(connection, line, key));
    });
    const client = clientOf(server, { requestTimeoutMs: 300 });
    const events: string[] = [];
    client.on('nodeDown', () => events.push('down'));
    client.on('nodeUp', () => events.push('up'));
    await downWithDeletes(client, server, ['a', 'b', 'c']);
    await expect.poll(() => asked[1]).toHaveLength(3);
    await expect(client.delete('last')).rejects.toThrow(NodeDownError);
    release();
    await expect.poll(() => client.get('a').catch(() => undefined), { timeout: 3_000 }).toBe('a');
    expect(events).toEqual(['down', 'up', 'down', 'up']);
    expect(asked[1]?.slice(3)[0]).toBe('delete last');
    expect(asked[2]?.[0]).toBe('delete last');
  });

  test('a key that comes last is behind no other connection: until it is answered there is none', async () => {
    let release = (): void => undefined;
    const holds = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked: string[][] = [];
    const late: (() => void)[] = [];
    await using server = await startScripted((connection, { line, key }) => {
      asked[connection.index] = [...(asked[connection.index] ?? []), line];
      if (connection.index === 0) return;
      const say = (): void => reply(connection, line, key);
      if (line.startsWith('get') || connection.index > 1) late.length > 0 ? late.push(say) : say();
      else if (line === 'delete last') late.push(say);
      else void holds.then(say);
    });
    const client = clientOf(server, { connectionsPerNode: 3, requestTimeoutMs: 300 });
    await downWithDeletes(client, server, ['a', 'b', 'c']);
    await expect.poll(() => asked[1]).toHaveLength(3);
    await expect(client.delete('last')).rejects.toThrow(NodeDownError);
    const up = new Promise((resolve) => {
      client.once('nodeUp', resolve);
    });
    release();
    await up;
    const gets = Array.from({ length: 20 }, (_, i) => client.get(`g${i}`, { timeoutMs: 5_000 }));
    await expect.poll(() => asked[1]?.filter((line) => line.startsWith('get'))).toHaveLength(20);
    await sleep(50);
    expect(server.connections).toHaveLength(2);
    for (const say of late.splice(0)) say();
    await Promise.all(gets);
    await expect
      .poll(async () => {
        await Promise.all(Array.from({ length: 20 }, (_, i) => client.get(`g${i}`)));
        return server.connections.length;
      })
      .toBe(4);
  });

  test('a delete that it does not understand keeps it from nothing', async () => {
    await using server = await startScripted((connection, { line, key }) => {
      if (connection.index === 0) return;
      if (line.startsWith('get')) connection.value(key, key);
      else connection.say('CLIENT_ERROR bad command line format\r\n');
    });
    const client = clientOf(server, { requestTimeoutMs: 200 });
    await downWithDeletes(client, server, ['a', 'b', 'c']);
    await expect.poll(() => client.get('a').catch(() => undefined), { timeout: 3_000 }).toBe('a');
  });

  test('bounds on what is in flight are kept to', async () => {
    await using server = await startScripted((connection, { line, key }) => {
      if (connection.index > 0) reply(connection, line, key);
    });
    const client = clientOf(server, { requestTimeoutMs: 200, maxInFlight: 3, maxQueuedBytes: 200 });
    await downWithDeletes(client, server, ['a', 'b', 'c']);
    const more = Array.from({ length: 20 }, (_, i) => client.delete(`k${i}`));
    for (const result of await Promise.allSettled(more)) expect(result.status).toBe('rejected');
    await expect.poll(() => client.get('a').catch(() => undefined), { timeout: 3_000 }).toBe('a');
    const lines = server.asked.map(({ line }) => line);
    for (let i = 0; i < 20; i++) expect(lines).toContain(`delete k${i}`);
  });

  test('what is written to stand-ins during the replay is made up for too', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, { failover: 'next' });
    const node = nodeAt(cluster, 0);
    const keys = keysOf(client, node);
    await hangUntilDown(client, node);
    let running = true;
    /** What was last written of each key while the node was down. */
    const writes = (async () => {
      for (let i = 0; running; i++) {
        // A round that rejects ends nothing, and takes a turn of the event loop.
        await sleep(0);
        await Promise.all(keys.map((key) => client.set(key, `new ${i}`)));
      }
    })();
    await sleep(50);
    await untilUp(client, node).finally(() => {
      running = false;
    });
    await writes;
    const found = await client.getMany(keys);
    expect([...found.values()].filter((value) => value === 'old')).toEqual([]);
    expect([...(await direct(cluster, node).getMany(keys)).values()]).not.toContain('old');
  });
});

describe('more missed deletes than are kept', () => {
  test('lose the oldest, and an error event says how many', async () => {
    await using cluster = await small(1);
    const client = follow(cluster);
    await client.ready();
    const node = nodeAt(cluster, 0);
    await stopUntilDown(client, node);
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    // So many errors are made, that their stacks take seconds.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    const keys = Array.from({ length: JOURNAL_KEYS + 1 }, (_, i) => `many:${i}`);
    for (let at = 0; at < keys.length; at += 5_000) {
      await Promise.allSettled(keys.slice(at, at + 5_000).map((key) => client.delete(key)));
    }
    expect(errors).toMatchObject([{ code: 'ERR_MEMFLEET_NODE_DOWN', node: node.id }]);
    expect(errors[0]?.message).toContain(`${JOURNAL_DROPPED_KEYS} old values`);
    expect(journaled(client, node)).toBe(JOURNAL_KEYS + 1 - JOURNAL_DROPPED_KEYS);
  });
});
