/** Servers that answer in the binary dialect, and wrongly: nobody gets what is not theirs, and nobody waits for ever. */
import { describe, expect, test } from 'vitest';
import { createClient, type MemcachedClient, ProtocolError, TimeoutError } from '../../src/index.ts';
import { failureOf, settled } from '../harness/hostile.ts';
import { type AskedFrame, goodFrame, OPCODES, startScriptedBinary } from '../harness/scripted-binary.ts';
import { watchTraces } from '../harness/traces.ts';

const PATIENT_MS = 5_000;

/**
 * Lets the script answer all but the greeting and `after`, which is looked at once all is over: the next
 * connection must be clean, and with the client nothing may be left.
 */
async function withstand(
  script: (asked: AskedFrame) => Buffer | string | undefined,
  act: (client: MemcachedClient, say: (bytes: Buffer) => void) => Promise<void>,
  requestTimeoutMs = PATIENT_MS,
): Promise<void> {
  const traces = watchTraces();
  {
    const isGreeted = new WeakSet<object>();
    await using server = await startScriptedBinary((asked, socket) => {
      const greets = !isGreeted.has(socket);
      if (asked.opcode === OPCODES.version) isGreeted.add(socket);
      return greets || asked.key === 'after' ? goodFrame(asked) : script(asked);
    });
    const client = createClient(server.endpoint, {
      protocol: 'binary',
      requestTimeoutMs,
      connectTimeoutMs: PATIENT_MS,
    });
    try {
      await act(client, (bytes) => server.sockets[0]?.write(bytes));
      await expect
        .poll(() => client.get('after').catch((error: unknown) => error), { timeout: 10_000 })
        .toBe('value of after');
      expect(client.snapshot().nodes[0]).toMatchObject({ health: 'up', pending: 0, queuedBytes: 0 });
    } finally {
      client.destroy();
    }
  }
  await traces.expectNone();
}

const HIT = { extras: Buffer.alloc(4), value: 'x' };
/** Of a header whose body is not what it says. */
function announcing(frame: Buffer, bodyBytes: number): Buffer {
  frame.writeUInt32BE(bodyBytes, 8);
  return frame;
}

describe('a reply that is not the one whose turn it is', () => {
  test.each<readonly [string, (asked: AskedFrame) => Buffer | string]>([
    ['the opaque of the next command', ({ opaque, reply }) => reply({ ...HIT, opaque: opaque + 1 })],
    ['the opaque of the last command', ({ opaque, reply }) => reply({ ...HIT, opaque: opaque - 1 })],
    ['an opaque of 0', ({ reply }) => reply({ ...HIT, opaque: 0 })],
    ['another opcode', ({ reply }) => reply({ ...HIT, opcode: OPCODES.getQuietly, key: 'a' })],
    ['a request of its own', ({ reply }) => Buffer.from(reply().fill(0x80, 0, 1))],
    ['text', () => 'VALUE a 0 1\r\nx\r\nEND\r\n'],
    ['a page of HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['NULs', () => '\0'.repeat(30)],
  ])('%s is a ProtocolError', async (_, answer) => {
    await withstand(answer, async (client) => {
      expect(await failureOf(client.get('a'))).toBeInstanceOf(ProtocolError);
    });
  });

  test('swapped with another: nobody gets the value of another key', async () => {
    const held: AskedFrame[] = [];
    await withstand(
      (asked) => {
        held.push(asked);
        if (held.length < 2) return undefined;
        const [first, second] = held.splice(0) as [AskedFrame, AskedFrame];
        return Buffer.concat([goodFrame(second), goodFrame(first)] as Buffer[]);
      },
      async (client) => {
        const errors = await settled([client.get('a'), client.get('b')]);
        for (const error of errors) expect(error).toBeInstanceOf(ProtocolError);
      },
    );
  });

  test('twice: the second closes the connection, and what is behind it gets nothing of it', async () => {
    const answered: string[] = [];
    await withstand(
      (asked) => {
        answered.push(asked.key);
        const reply = goodFrame(asked) as Buffer;
        return answered.length === 3 ? Buffer.concat([reply, reply]) : reply;
      },
      async (client) => {
        const keys = Array.from({ length: 6 }, (_, i) => `key-${i}`);
        const calls = keys.map((key) => client.get(key));
        const errors = await settled(calls);
        for (const [i, call] of calls.entries()) {
          if (i < 3) expect(await call).toBe(`value of key-${i}`);
          else expect(errors[i]).toBeInstanceOf(ProtocolError);
        }
      },
    );
  });

  test.each<readonly [string, (asked: AskedFrame) => Buffer]>([
    ['another key', ({ reply }) => reply({ ...HIT, key: 'x' })],
    ['no key', ({ reply }) => reply(HIT)],
    ['a miss, which is to be silent', ({ reply }) => reply({ status: 1 })],
  ])('of a batch, with %s', async (_, answer) => {
    await withstand(
      (asked) => (asked.opcode === OPCODES.getQuietly ? answer(asked) : goodFrame(asked)),
      async (client) => {
        expect(await failureOf(client.getMany(['a', 'b']))).toBeInstanceOf(ProtocolError);
      },
    );
  });

  test('of a batch, in the wrong order or twice', async () => {
    for (const order of [
      [1, 0],
      [0, 0, 1],
    ]) {
      const held: AskedFrame[] = [];
      await withstand(
        (asked) => {
          held.push(asked);
          if (asked.opcode !== OPCODES.noop) return undefined;
          return Buffer.concat([
            ...order.map((i) => goodFrame(held[i] as AskedFrame) as Buffer),
            asked.reply(),
          ]);
        },
        async (client) => {
          expect(await failureOf(client.getMany(['a', 'b']))).toBeInstanceOf(ProtocolError);
        },
      );
    }
  });

  test('a no-op before the values of its batch', async () => {
    const held: AskedFrame[] = [];
    await withstand(
      (asked) => {
        held.push(asked);
        if (asked.opcode !== OPCODES.noop) return undefined;
        return Buffer.concat([asked.reply(), goodFrame(held[0] as AskedFrame) as Buffer]);
      },
      async (client) => {
        // The batch found nothing, as far as anybody can tell; what follows closes the connection.
        expect(await client.getMany(['a', 'b'])).toEqual(new Map());
        await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(1);
      },
    );
  });
});

describe('lengths that cannot be', () => {
  test.each<readonly [string, (asked: AskedFrame) => Buffer]>([
    ['a body shorter than its extras', ({ reply }) => announcing(reply(HIT), 3)],
    ['a body shorter than its key', ({ reply }) => announcing(reply({ ...HIT, key: 'a'.repeat(50) }), 53)],
    ['a value of 4 GiB', ({ reply }) => announcing(reply(HIT), 2 ** 32 - 1)],
    ['an error of 4 GiB', ({ reply }) => announcing(reply({ status: 1 }), 2 ** 32 - 1)],
    ['a value without client flags', ({ reply }) => reply({ value: 'x' })],
    ['a key of 65,535 bytes', ({ reply }) => reply({ ...HIT, key: 'k'.repeat(65_535) })],
  ])('%s: a ProtocolError', async (_, answer) => {
    await withstand(answer, async (client) => {
      expect(await failureOf(client.get('a'))).toBeInstanceOf(ProtocolError);
    });
  });

  test('a value above maxValueBytes is skipped, however long it is announced', async () => {
    await withstand(
      (asked) => announcing(asked.reply(HIT), 2 ** 30),
      async (client) => {
        expect(await failureOf(client.get('a'))).toBeInstanceOf(TimeoutError);
      },
      150,
    );
  });

  test('half a header is waited for, up to the deadline', async () => {
    await withstand(
      (asked) => (goodFrame(asked) as Buffer).subarray(0, 12),
      async (client) => {
        expect(await failureOf(client.get('a'))).toBeInstanceOf(TimeoutError);
      },
      150,
    );
  });
});

describe('a server that speaks unasked', () => {
  test.each<readonly [string, (last: AskedFrame) => Buffer]>([
    ['the next reply', ({ opaque, reply }) => reply({ ...HIT, opaque: opaque + 1 })],
    ['the last reply again', ({ reply }) => reply(HIT)],
    ['half a header', ({ opaque, reply }) => reply({ ...HIT, opaque: opaque + 1 }).subarray(0, 10)],
    ['a line of text', () => Buffer.from('ERROR Too many open connections\r\n')],
  ])('says %s on an idle connection: it is closed, and no call fails for it', async (_, said) => {
    let last: AskedFrame | undefined;
    await withstand(
      (asked) => {
        last = asked;
        return goodFrame(asked);
      },
      async (client, say) => {
        expect(await client.get('a')).toBe('value of a');
        say(said(last as AskedFrame));
        await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(1);
        expect(await client.get('after')).toBe('value of after');
      },
    );
  });
});

test('a late reply reaches nobody but the call that gave up on it', async () => {
  const held: AskedFrame[] = [];
  await withstand(
    (asked) => {
      held.push(asked);
      return undefined;
    },
    async (client, say) => {
      await client.get('after');
      expect(await failureOf(client.get('late', { timeoutMs: 30 }))).toBeInstanceOf(TimeoutError);
      const behind = client.get('behind');
      await expect.poll(() => held.length).toBe(2);
      for (const asked of held) say(goodFrame(asked) as Buffer);
      expect(await behind).toBe('value of behind');
    },
  );
});
