/** Calls on one key that are not waited for take effect in the order in which they were made. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, InvalidValueError, type MemcachedClient } from '../../src/index.ts';
import { type Server, startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

const OPTIONS = {
  compression: { algorithm: 'zlib', minBytes: 1_000 },
  largeValues: 'split',
  maxValueBytes: 6_000,
} as const;

/** As they are, compressed here, compressed on another thread, split, and split after another thread had them. */
const SIZES = [10, 3_000, 200_000, 20_000, 60_000] as const;

/** The first three sizes shrink to nothing, the others not at all. */
function textOf(size: number, index: number): string {
  if (size !== 20_000 && size !== 60_000) return `${index}:`.padEnd(size, 'value ');
  let state = index + 1;
  let text = '';
  while (text.length < size) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, size);
}

type Act =
  | readonly ['set' | 'add' | 'replace' | 'append', number]
  | readonly ['get' | 'getMany' | 'delete' | 'touch'];

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.constantFrom('set', 'set', 'add', 'replace', 'append'), fc.constantFrom(...SIZES)),
  fc.tuple(fc.constantFrom('get', 'getMany', 'delete', 'touch')),
);

/** What one call gives where each is over before the next. */
class Model {
  #value: string | undefined;

  run([verb, size = 0]: Act, index: number): unknown {
    const before = this.#value;
    const value = textOf(size, index);
    switch (verb) {
      case 'set':
        this.#value = value;
        return true;
      case 'add':
        this.#value ??= value;
        return before === undefined;
      case 'replace':
        if (before !== undefined) this.#value = value;
        return before !== undefined;
      case 'append':
        if (before === undefined) return false;
        if (before.length >= 1_000) return 'refused';
        this.#value = `${before}!`;
        return true;
      case 'delete':
        this.#value = undefined;
        return before !== undefined;
      case 'touch':
        return before !== undefined;
      default:
        return before;
    }
  }
}

async function call(
  client: MemcachedClient,
  key: string,
  [verb, size = 0]: Act,
  index: number,
): Promise<unknown> {
  switch (verb) {
    case 'get':
      return client.get(key);
    case 'getMany':
      return (await client.getMany(['none', key])).get(key);
    case 'delete':
      return client.delete(key);
    case 'touch':
      return client.touch(key, 1_000);
    case 'append':
      return client.append(key, '!').catch((error: Error) => {
        if (error instanceof InvalidValueError) return 'refused';
        throw error;
      });
    default:
      return client[verb](key, textOf(size, index));
  }
}

describe.each(['meta', 'classic'] as const)('in the %s dialect', (protocol) => {
  let server: Server;
  let client: MemcachedClient;
  let keys = 0;
  beforeAll(async () => {
    server = await startServer();
    client = createClient([server.endpoint], { ...OPTIONS, protocol, requestTimeoutMs: 20_000 });
    await client.version();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  test('calls give what they would one after the other, whatever their values take', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 12 }), async (acts) => {
        const key = `key:${keys++}`;
        const model = new Model();
        const expected = acts.map((each, index) => model.run(each, index));
        const given = await Promise.all(acts.map((each, index) => call(client, key, each, index)));
        const names = (list: unknown[]): unknown[] =>
          list.map((each) => (typeof each === 'string' ? `${each.length} ${each.slice(0, 12)}` : each));
        expect(names(given)).toEqual(names(expected));
        expect(given.every((each, index) => each === expected[index])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test('what is prepared is prepared at once, and not one call after the other', async () => {
  const held: (() => void)[] = [];
  await using server = await startScripted((connection) => {
    held.push(() => connection.say('STORED\r\n'));
  });
  const client = clientOf(server, { ...OPTIONS, requestTimeoutMs: 20_000 });
  const writes = [0, 1].map((index) => client.set('key', textOf(20_000, index)));
  await expect.poll(() => held.length).toBe(6);
  expect(server.asked.map(({ key }) => key)).not.toContain('key');
  for (const answer of held.splice(0)) answer();
  // Both manifests, and none is answered yet.
  await expect.poll(() => held.length).toBe(2);
  expect(server.asked.slice(6).map(({ key }) => key)).toEqual(['key', 'key']);
  for (const answer of held) answer();
  expect(await Promise.all(writes)).toEqual([true, true]);
});
