import { afterEach, describe, expect, test, vi } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { type Reply, ReplyParser, type ReplyParserOptions, ValueReply } from '../../src/protocol/index.ts';
import { MAX_CONFIG_BYTES, MAX_CONFIG_RESCAN_BYTES, MAX_LINE_BYTES } from '../../src/protocol/limits.ts';

const MIB = 1_048_576;

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function collect(options?: ReplyParserOptions): { readonly parser: ReplyParser; readonly replies: Reply[] } {
  const replies: Reply[] = [];
  return { parser: new ReplyParser((reply) => replies.push(reply), options), replies };
}

function onlyValue(replies: readonly Reply[]): ValueReply {
  expect(replies).toHaveLength(1);
  expect(replies[0]).toBeInstanceOf(ValueReply);
  return replies[0] as ValueReply;
}

describe('whose bytes a value has', () => {
  test('a value within one chunk points into it', () => {
    const { parser, replies } = collect();
    const chunk = bytes(`HD\r\nVA 5000 f0\r\n${'x'.repeat(5000)}\r\n`).subarray(4);
    parser.push(chunk);
    const value = onlyValue(replies);
    expect(value.owned).toBe(false);
    expect(value.buffer).toBe(chunk);
    expect([value.start, value.end]).toEqual([12, 5012]);
  });

  test('a value whose header came before points into the chunk that holds it', () => {
    const { parser, replies } = collect();
    parser.push(bytes('VALUE key 0 2 7\r'));
    const chunk = bytes('\nhi\r\n');
    parser.push(chunk);
    const value = onlyValue(replies);
    expect(value.owned).toBe(false);
    expect(value.buffer).toBe(chunk);
    expect([value.start, value.end, value.key]).toEqual([1, 3, 'key']);
  });

  test.each([
    [4095, false],
    [4096, true],
    [100_000, true],
  ])('a value of %i bytes that spans reads is owned: %s', (size, owned) => {
    const { parser, replies } = collect();
    const wire = bytes(`VA ${size} f0 kkey\r\n${'x'.repeat(size)}\r\n`);
    const chunks = [wire.subarray(0, 40), wire.subarray(40)].map((chunk) => Buffer.from(chunk));
    for (const chunk of chunks) parser.push(chunk);
    const value = onlyValue(replies);
    expect(value.owned).toBe(owned);
    for (const chunk of chunks) chunk.fill(0);
    expect(value.buffer.toString('latin1', value.start, value.end)).toBe('x'.repeat(size));
    expect(value.key).toBe('key');
    // An owned buffer is of this value alone: no pool that others write to.
    if (owned) expect(value.buffer.buffer.byteLength).toBe(size + 2);
  });
});

describe('destination', () => {
  test('is there only while a value is being read', () => {
    const { parser, replies } = collect();
    expect(parser.destination(1)).toBeUndefined();
    parser.push(bytes('VA 10 f'));
    expect(parser.destination(1)).toBeUndefined();
    parser.push(bytes('3\r\n'));
    expect(parser.destination(1)?.length).toBe(12);
    parser.push(bytes('abc'));
    expect(parser.destination(1)?.length).toBe(9);
    parser.destination(1)?.write('defghij', 'latin1');
    parser.pushed(7);
    expect(replies).toEqual([]);
    expect(parser.idle).toBe(false);
    expect(parser.destination(1)?.length).toBe(2);
    parser.destination(1)?.write('\r\n', 'latin1');
    parser.pushed(2);
    const value = onlyValue(replies);
    expect(value.buffer.toString('latin1', value.start, value.end)).toBe('abcdefghij');
    expect(value.flags).toBe(3);
    expect(parser.destination(1)).toBeUndefined();
    expect(parser.idle).toBe(true);
  });

  test('is not there for a value over the bound, nor for a configuration', () => {
    const oversize = collect({ maxValueBytes: 4 });
    oversize.parser.push(bytes('VA 5 f0\r\nab'));
    expect(oversize.parser.destination(1)).toBeUndefined();
    expect(oversize.parser.idle).toBe(false);
    const config = collect();
    config.parser.push(bytes('CONFIG cluster 0 100\r\n1\n'));
    expect(config.parser.destination(1)).toBeUndefined();
    expect(config.parser.idle).toBe(false);
  });

  test('checks the end of the value', () => {
    const { parser, replies } = collect();
    parser.push(bytes('VA 3 f0\r\n'));
    parser.destination(1)?.write('abc\r\r', 'latin1');
    expect(() => parser.pushed(5)).toThrow(ProtocolError);
    expect(replies).toEqual([]);
  });
});

describe('push', () => {
  test('takes an empty chunk anywhere', () => {
    const { parser, replies } = collect();
    for (const part of ['', 'VA 3', '', ' f0\r', '', '\nab', '', 'c\r', '', '\n', 'H', '', 'D\r\n', '']) {
      parser.push(bytes(part));
    }
    expect(replies.map((reply) => reply.kind)).toEqual(['value', 'stored']);
    expect(parser.idle).toBe(true);
  });

  test('reads no further than it is told', () => {
    const { parser, replies } = collect();
    parser.push(bytes('HD\r\nEN\r\nNS\r\n'), 6);
    expect(replies.map((reply) => reply.kind)).toEqual(['stored']);
    expect(parser.idle).toBe(false);
    parser.push(bytes('\r\nEN\r\n'), 2);
    expect(replies.map((reply) => reply.kind)).toEqual(['stored', 'notFound']);
    expect(parser.idle).toBe(true);
  });

  test('hands out replies that wait for nothing that follows', () => {
    const { parser, replies } = collect();
    parser.push(bytes('VALUE k 0 1\r\nx\r\nEN'));
    expect(replies.map((reply) => reply.kind)).toEqual(['value']);
  });
});

describe('ValueReply.hasKey', () => {
  test.each(['push', 'read in parts'])('compares bytes, by %s', (how) => {
    const { parser, replies } = collect();
    const wire = bytes('VALUE caf\xc3\xa9:1 0 1\r\nx\r\n');
    if (how === 'push') parser.push(wire);
    else for (const byte of wire) parser.push(Buffer.of(byte));
    const value = onlyValue(replies);
    expect(value.hasKey('caf\xc3\xa9:1')).toBe(true);
    for (const other of ['', 'caf\xc3\xa9:', 'caf\xc3\xa9:2', 'daf\xc3\xa9:1', 'caf\xc3\xa9:11', 'café:1']) {
      expect(value.hasKey(other)).toBe(false);
    }
  });

  test('is false of a value without a key', () => {
    const { parser, replies } = collect();
    parser.push(bytes('VA 1 f0\r\nx\r\n'));
    expect(onlyValue(replies).key).toBeUndefined();
    expect(onlyValue(replies).hasKey('')).toBe(false);
  });
});

describe('what a peer can make it hold', () => {
  let allocated = 0;

  /** Counts the bytes of the buffers made while `run` runs. */
  function allocatedBy(run: () => void): number {
    allocated = 0;
    const { allocUnsafe, allocUnsafeSlow } = Buffer;
    vi.spyOn(Buffer, 'allocUnsafe').mockImplementation((size) => {
      allocated += size;
      return allocUnsafe(size);
    });
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      allocated += size;
      return allocUnsafeSlow(size);
    });
    run();
    return allocated;
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('is one buffer of the announced size for a value, and no second one while it comes', () => {
    const { parser, replies } = collect();
    const header = bytes(`VA ${MIB} f0\r\n`);
    const rest = bytes(`${'x'.repeat(MIB)}\r\n`);
    const held = allocatedBy(() => {
      parser.push(header);
      for (let at = 0; at < rest.length; at += 1000) parser.push(rest.subarray(at, at + 1000));
    });
    expect(onlyValue(replies).end).toBe(MIB);
    expect(held).toBe(MIB + 2);
  });

  test('is nothing for a value over the bound', () => {
    const { parser, replies } = collect();
    const header = bytes(`VA ${MIB + 1} f0\r\n`);
    const rest = bytes(`${'x'.repeat(MIB + 1)}\r\n`);
    const held = allocatedBy(() => {
      parser.push(header);
      for (let at = 0; at < rest.length; at += 1000) parser.push(rest.subarray(at, at + 1000));
    });
    expect(replies).toEqual([{ kind: 'oversize', bytes: MIB + 1, key: undefined }]);
    expect(held).toBe(0);
  });

  test('is nothing for an announced GiB', () => {
    const { parser } = collect();
    const header = bytes('VALUE k 0 1073741824\r\nx');
    expect(allocatedBy(() => parser.push(header))).toBe(0);
    expect(parser.idle).toBe(false);
  });

  test('is one line of bounded length, however many lines are cut', () => {
    const { parser, replies } = collect();
    const parts = ['STAT a ', '1\r\nSTAT b', ' 2\r\nEN', 'D\r\nH', 'D\r\n'].map(bytes);
    const held = allocatedBy(() => {
      for (let i = 0; i < 100; i++) for (const part of parts) parser.push(part);
    });
    expect(replies).toHaveLength(400);
    expect(held).toBe(MAX_LINE_BYTES + 2);
  });

  test('is a line of 4096 bytes and its end, then no more', () => {
    const { parser } = collect();
    const byte = bytes('X');
    for (let i = 0; i < MAX_LINE_BYTES + 2; i++) parser.push(byte);
    expect(() => parser.push(byte)).toThrow(ProtocolError);
  });

  test.each([0, 1000, MAX_CONFIG_BYTES])(
    'is a configuration announced as %i bytes and 64 KiB',
    (announced) => {
      const { parser } = collect();
      parser.push(bytes(`CONFIG cluster 0 ${announced}\r\n`));
      const limit = announced + MAX_CONFIG_RESCAN_BYTES;
      const chunk = bytes('x'.repeat(8192));
      for (let fed = 0; fed < limit; fed += chunk.length)
        parser.push(chunk, Math.min(chunk.length, limit - fed));
      expect(() => parser.push(chunk, 1)).toThrow(ProtocolError);
    },
  );

  test.each([
    [0, 'config'],
    [1, 'error'],
  ])('an END %i bytes past what is allowed gives %s, in one chunk or two', (past, expected) => {
    const ending = '\nEND\r\n';
    const filler = 'x'.repeat(MAX_CONFIG_RESCAN_BYTES + past - ending.length);
    const wire = bytes(`CONFIG cluster 0 0\r\n${filler}${ending}`);
    for (const cut of [0, 50_000, wire.length - 3]) {
      const { parser, replies } = collect();
      const push = (): void => {
        parser.push(wire.subarray(0, cut));
        parser.push(wire.subarray(cut));
      };
      if (expected === 'error') expect(push).toThrow(ProtocolError);
      else push();
      expect(replies.map((reply) => reply.kind)).toEqual(expected === 'error' ? [] : ['config']);
    }
  });

  test('a configuration that trickles in costs a look at its end a byte, not at all of it', () => {
    const { parser, replies } = collect();
    const payload = `1\n${'node.example||11211 '.repeat(20_000)}\n`;
    // In a read buffer of ordinary size, as a socket would.
    const buffer = Buffer.alloc(65_536, '\n');
    const indexOf = vi.spyOn(Buffer.prototype, 'indexOf');
    for (const byte of bytes(`CONFIG cluster 0 ${payload.length}\r\n${payload}\r\nEND\r\n`)) {
      buffer[0] = byte;
      parser.push(buffer, 1);
    }
    expect(replies).toEqual([{ kind: 'config', payload, lengthMismatch: false }]);
    const searched = indexOf.mock.contexts.map(
      (context, i) => (context as Buffer).length - Number(indexOf.mock.calls[i]?.[1]),
    );
    expect(Math.max(...searched.slice(-1000))).toBeLessThan(16);
  });
});
