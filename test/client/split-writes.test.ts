/** What is left of a value in chunks by writers that die, and by those that write at the same time. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type MemcachedClient, ServerError, TimeoutError } from '../../src/index.ts';
import { type Server, startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { type RawItem, RawItems } from '../harness/raw-items.ts';
import { type Asked, type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

const OPTIONS = { largeValues: 'split', maxValueBytes: 4_096, requestTimeoutMs: 5_000 } as const;
const KEY = 'key';
const WRITERS = ['old', 'one', 'two'] as const;
type Writer = (typeof WRITERS)[number];

/** One write to the server, as it was sent. */
interface Step extends RawItem {
  readonly key: string;
}

/** Values of as many chunks as the writer's place in line, and one. */
const VALUES = Object.fromEntries(
  WRITERS.map((name, index) => [name, Buffer.alloc(3_000 * (index + 2), name)]),
) as Record<Writer, Buffer>;

function answering(): Promise<ScriptedServer> {
  return startScripted((connection, { line }) => {
    connection.say(
      line.startsWith('get') ? 'END\r\n' : line.startsWith('delete') ? 'DELETED\r\n' : 'STORED\r\n',
    );
  });
}

function stepOf({ data = '', key, line }: Asked): Step {
  return { key, flags: Number(line.split(' ')[2]), data: Buffer.from(data, 'latin1') };
}

/** The writes that a client makes of one `set`. */
async function stepsOf(value: Buffer): Promise<Step[]> {
  await using server = await answering();
  await using client = createClient([server.endpoint], { ...OPTIONS, protocol: 'classic' });
  await client.set(KEY, value);
  return server.asked.map(stepOf);
}

let server: Server;
let reader: MemcachedClient;
let raw: RawItems;
let steps: Record<Writer, Step[]>;

beforeAll(async () => {
  server = await startServer();
  reader = createClient(server.endpoint, { requestTimeoutMs: 5_000 });
  raw = new RawItems(server.endpoint);
  const made = await Promise.all(WRITERS.map(async (name) => [name, await stepsOf(VALUES[name])] as const));
  steps = Object.fromEntries(made) as Record<Writer, Step[]>;
});
afterAll(async () => {
  await Promise.all([reader.close(), raw.close()]);
  await server.close();
});

/** Whose value is read, by every way to read one; 'none' for a miss. */
async function read(): Promise<Writer | 'none' | 'mixture'> {
  const whose = (value: unknown): Writer | 'none' | 'mixture' => {
    if (value === undefined) return 'none';
    return WRITERS.find((name) => VALUES[name].equals(value as Buffer)) ?? 'mixture';
  };
  const [one, many, item] = await Promise.all([reader.get(KEY), reader.getMany([KEY]), reader.gets(KEY)]);
  const found = [one, many.get(KEY), item?.value].map(whose);
  expect(new Set(found).size, 'all agree').toBe(1);
  return found[0] as Writer | 'none';
}

/** The writes of each writer, up to where it died, its chunks in any order and its manifest last. */
const torn = fc.record({
  order: fc.array(fc.constantFrom(...WRITERS), { minLength: 1, maxLength: 14 }),
  seed: fc.infiniteStream(fc.nat(1_000)),
});

describe('a value in chunks', () => {
  test('is written as chunks, and then a manifest', () => {
    expect(WRITERS.map((name) => steps[name].length)).toEqual([3, 4, 5]);
    for (const name of WRITERS) {
      expect(steps[name].map(({ key }) => key === KEY)).toEqual([
        ...steps[name].slice(1).map(() => false),
        true,
      ]);
    }
  });

  test('is read as the last whole write, wherever writers died and however they came between each other', async () => {
    await fc.assert(
      fc.asyncProperty(torn, async ({ order, seed }) => {
        await reader.flushAll();
        const left = new Map(WRITERS.map((name) => [name, [...steps[name]]]));
        let expected: Writer | 'none' = 'none';
        for (const name of order) {
          const waiting = left.get(name) as Step[];
          const chunks = waiting.length - 1;
          const [step] = waiting.splice(chunks > 0 ? (seed.next().value as number) % chunks : 0, 1);
          if (step === undefined) continue;
          await raw.set(step.key, step);
          if (step.key === KEY) expected = name;
          expect(await read()).toBe(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is read whole or not at all, whatever the server forgets of it', async () => {
    const forgotten = fc.array(fc.nat(11), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...WRITERS], { minLength: 1 }),
        forgotten,
        async (order, gone) => {
          await reader.flushAll();
          for (const name of order) for (const step of steps[name]) await raw.set(step.key, step);
          const last = order.at(-1) as Writer;
          const all = WRITERS.flatMap((name) => steps[name]).filter(({ key }) => key !== KEY);
          const lost = gone.map((index) => (all[index % all.length] as Step).key);
          for (const key of lost) await raw.delete(key);
          const isWhole = steps[last].every(({ key }) => !lost.includes(key));
          expect(await read()).toBe(isWhole ? last : 'none');
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the manifest', () => {
  test('is not sent before every chunk is stored', async () => {
    const held: (() => void)[] = [];
    await using server = await startScripted((connection, { key }) => {
      const answer = (): void => connection.say('STORED\r\n');
      if (key.endsWith('.3')) held.push(answer);
      else answer();
    });
    const client = clientOf(server, OPTIONS);
    const written = client.set(KEY, VALUES.two);
    await expect.poll(() => held.length).toBe(1);
    expect(server.asked.map(({ key }) => key)).toEqual(expect.not.arrayContaining([KEY]));
    held[0]?.();
    expect(await written).toBe(true);
    expect(server.asked.at(-1)?.key).toBe(KEY);
  });

  test('is not sent where a chunk is refused, and the others are deleted', async () => {
    await using server = await startScripted((connection, { key, line }) => {
      if (line.startsWith('delete')) connection.say('DELETED\r\n');
      else
        connection.say(key.endsWith('.2') ? 'SERVER_ERROR out of memory storing object\r\n' : 'STORED\r\n');
    });
    const client = clientOf(server, OPTIONS);
    const failure = await client.set(KEY, VALUES.two).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServerError);
    expect(failure).toMatchObject({ operation: 'set', key: KEY });
    await expect.poll(() => server.asked.filter(({ line }) => line.startsWith('delete')).length).toBe(4);
    expect(server.asked.filter(({ key }) => key === KEY)).toEqual([]);
  });

  test('that may have been stored keeps its chunks', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (key === KEY) connection.socket.destroy();
      else connection.say('STORED\r\n');
    });
    const client = clientOf(server, OPTIONS);
    await expect(client.set(KEY, VALUES.one)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_CONNECTION' });
    await client.get('other').catch(() => undefined);
    expect(server.asked.filter(({ line }) => line.startsWith('delete'))).toEqual([]);
  });
});

describe('a chunk that cannot be read', () => {
  /** Has a manifest and its first chunk, and then says something else. */
  async function broken(instead: string): Promise<ScriptedServer> {
    const [first, , , manifest] = steps.one as [Step, Step, Step, Step];
    return startScripted((connection, { line }) => {
      const [, ...keys] = line.split(' ');
      if (keys[0] === KEY) connection.value(KEY, manifest.data.toString('latin1'), manifest.flags);
      else {
        const { data, flags, key } = first;
        connection.say(`VALUE ${key} ${flags} ${data.length}\r\n${data.toString('latin1')}\r\n`);
        connection.say(instead);
      }
    });
  }

  test('for a failure is that failure, and names the call', async () => {
    await using server = await broken('SERVER_ERROR no\r\n');
    const client = clientOf(server);
    for (const call of [() => client.get(KEY), () => client.gets(KEY), () => client.getMany([KEY])]) {
      await expect(call()).rejects.toThrow(ServerError);
    }
    await expect(client.get(KEY)).rejects.toMatchObject({ operation: 'get', key: KEY });
  });

  test("is a miss with an event where the caller chose onError: 'miss'", async () => {
    await using server = await broken('SERVER_ERROR no\r\n');
    const client = clientOf(server, { onError: 'miss' });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    expect(await client.get(KEY)).toBeUndefined();
    expect(await client.getMany([KEY])).toEqual(new Map());
    expect(errors.map((error) => error.name)).toEqual(['ServerError', 'ServerError']);
  });

  test('in time is a time-out of the call', async () => {
    const [, , , manifest] = steps.one as [Step, Step, Step, Step];
    await using server = await startScripted((connection, { line }) => {
      if (line.endsWith(` ${KEY}`)) connection.value(KEY, manifest.data.toString('latin1'), manifest.flags);
    });
    // A connection for each, since none is answered.
    const client = clientOf(server, { connectionsPerNode: 4 });
    const controller = new AbortController();
    const aborted = client.get(KEY, { signal: controller.signal, timeoutMs: 60_000 });
    const abortedMany = client.getMany([KEY], { signal: controller.signal, timeoutMs: 60_000 });
    await expect(client.get(KEY, { timeoutMs: 50 })).rejects.toThrow(TimeoutError);
    await expect(client.getMany([KEY], { timeoutMs: 50 })).rejects.toThrow(TimeoutError);
    controller.abort(new Error('given up'));
    await expect(aborted).rejects.toThrow('given up');
    await expect(abortedMany).rejects.toThrow('given up');
  });
});
