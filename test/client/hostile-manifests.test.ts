/** Manifests of values that were never there, by whoever can write to the cache. */
import { describe, expect, test } from 'vitest';
import { chunkKey, type Manifest, writeManifest } from '../../src/client/manifest.ts';
import { clientOf } from '../harness/client-of.ts';
import { type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

const SPLIT = 0x4d53_0000;
/** Of as many chunks as there may be. */
const MANIFEST: Manifest = { flags: 0, bytes: 67_108_864, chunkBytes: 1_024, base: '~none' };
/** More than a good manifest makes a client ask for at once, by the default sizes. */
const MOST = 256;

/** Has the manifest under `key`, and no chunk; `touched` of them can be touched. */
function serverWith(touched: number): Promise<ScriptedServer> {
  return startScripted((connection, { key, line }) => {
    const verb = line.split(' ')[0];
    if (verb === 'touch') {
      const isThere = key === 'key' || Number(key.split('.')[1]) < touched;
      connection.say(isThere ? 'TOUCHED\r\n' : 'NOT_FOUND\r\n');
    } else if (verb === 'delete') connection.say(key === 'key' ? 'DELETED\r\n' : 'NOT_FOUND\r\n');
    else if (line.endsWith(' key')) {
      connection.value('key', writeManifest(MANIFEST).toString('latin1'), SPLIT);
    } else connection.say('END\r\n');
  });
}

function chunksAsked(server: ScriptedServer): number {
  const keys = server.asked.flatMap(({ line }) => line.split(' ').filter((word) => word.startsWith('~')));
  return new Set(keys).size;
}

describe('a manifest of 65,536 chunks that are not there', () => {
  test.each(['get', 'gets'] as const)('makes %s ask for a few', async (verb) => {
    await using server = await serverWith(0);
    const client = clientOf(server, { requestTimeoutMs: 20_000 });
    expect(await client[verb]('key')).toBeUndefined();
    expect(chunksAsked(server)).toBe(MOST);
  });

  test('makes touch ask for a few, and for more as long as there are some', async () => {
    await using server = await serverWith(300);
    const client = clientOf(server, { largeValues: 'split', requestTimeoutMs: 20_000 });
    expect(await client.touch('key', 100)).toBe(false);
    expect(chunksAsked(server)).toBe(2 * MOST);
  });

  test('makes delete ask for a few', async () => {
    await using server = await serverWith(0);
    const client = clientOf(server, { largeValues: 'split', requestTimeoutMs: 20_000 });
    expect(await client.delete('key')).toBe(true);
    await client.close();
    expect(chunksAsked(server)).toBe(MOST);
  });
});

test('a value of more chunks is read, touched and deleted whole', async () => {
  const stored = new Map<string, string>();
  const touched = new Set<string>();
  await using server = await startScripted((connection, { data, key, line }) => {
    const [verb, ...words] = line.split(' ');
    if (verb === 'set') {
      stored.set(key, `${words[1]} ${data}`);
      connection.say('STORED\r\n');
    } else if (verb === 'get' || verb === 'gets') {
      for (const each of words) {
        const [flags = '', value = ''] = stored.get(each)?.split(/ (.*)/s) ?? [];
        if (flags !== '') connection.say(`VALUE ${each} ${flags} ${value.length}\r\n${value}\r\n`);
      }
      connection.say('END\r\n');
    } else if (verb === 'touch') {
      touched.add(key);
      connection.say('TOUCHED\r\n');
    } else connection.say(stored.delete(key) ? 'DELETED\r\n' : 'NOT_FOUND\r\n');
  });
  const client = clientOf(server, { largeValues: 'split', maxValueBytes: 4_096, requestTimeoutMs: 20_000 });
  const value = 'whole '.repeat(400_000);
  expect(await client.set('key', value)).toBe(true);
  expect(stored.size).toBeGreaterThan(2 * MOST);
  expect((await client.get('key')) === value).toBe(true);
  expect(await client.touch('key', 100)).toBe(true);
  expect(touched).toEqual(new Set(stored.keys()));
  // One that is gone keeps none of the others.
  const [some = ''] = stored.keys();
  expect(some).toBe(chunkKey({ ...MANIFEST, base: some.slice(0, -2) }, 0));
  stored.delete(some);
  expect(await client.delete('key')).toBe(true);
  await expect.poll(() => stored.size).toBe(0);
});
