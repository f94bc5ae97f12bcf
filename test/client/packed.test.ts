import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflate, PACKED_FLAGS, unpack } from '../../src/client/packed.ts';
import { Packer } from '../../src/client/packer.ts';
import { encodeValue, type WireValue } from '../../src/client/values.ts';
import { bytesCodec, DecodeError, InvalidValueError } from '../../src/index.ts';
import { ValueReply } from '../../src/protocol/value-reply.ts';

const MAX = 2 ** 26;
const packer = new Packer({ algorithm: 'zlib', minBytes: 1, zlibFlag: undefined, maxBytes: MAX });

function reply(data: string | Uint8Array, flags: number, offset = 0): ValueReply {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const buffer = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(offset, 0xff)]);
  return new ValueReply(buffer, offset, offset + bytes.length, flags, false, undefined, undefined, 0, 0);
}

function contentOf({ buffer, end, flags, start }: ValueReply): { data: Buffer; flags: number } {
  return { data: buffer.subarray(start, end), flags };
}

/** In this case or that one. */
async function settled(attempt: () => ValueReply | Promise<ValueReply>): Promise<unknown> {
  try {
    return contentOf(await attempt());
  } catch (error) {
    return error;
  }
}

function packedOf(algorithm: number, flags: number, bytes: number, stream: Uint8Array): ValueReply {
  const header = Buffer.alloc(9);
  header.writeUInt8(algorithm, 0);
  header.writeUInt32BE(flags, 1);
  header.writeUInt32BE(bytes, 5);
  return reply(Buffer.concat([header, stream]), PACKED_FLAGS);
}

describe('a compressed value', () => {
  test('gives back data and flags, wherever it stands in a buffer that is written over', async () => {
    const value = fc.record({
      data: fc.tuple(
        fc.string({ unit: 'binary-ascii', minLength: 5, maxLength: 20 }),
        fc.integer({ min: 10, max: 30_000 }),
      ),
      flags: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    await fc.assert(
      fc.asyncProperty(value, fc.nat(5), async ({ data: [unit, times], flags }, offset) => {
        const data = unit.repeat(times);
        const wrapped = await packer.packLater({ data, flags });
        if (wrapped.flags !== PACKED_FLAGS) return;
        expect(wrapped.data.length).toBeLessThan(data.length);
        const given = reply(wrapped.data, PACKED_FLAGS, offset);
        const opened = unpack(given, MAX);
        given.buffer.fill(0);
        const content = contentOf(await opened);
        expect(content.data.equals(Buffer.from(data, 'latin1')) && content.flags === flags).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  const stream = Buffer.from((packer.pack({ data: 'x'.repeat(500), flags: 7 }) as WireValue).data).subarray(
    9,
  );

  test.each<[string, ValueReply]>([
    ['empty', reply('', PACKED_FLAGS)],
    ['a header alone', packedOf(1, 0, 500, Buffer.alloc(0))],
    ['of no algorithm', packedOf(0, 0, 500, stream)],
    ['of an algorithm to come', packedOf(4, 0, 500, stream)],
    ['of nothing', packedOf(1, 0, 0, stream)],
    ['said to be longer', packedOf(1, 0, 501, stream)],
    ['said to be shorter', packedOf(1, 0, 499, stream)],
    ['said to be more than is allowed', packedOf(1, 0, MAX + 1, stream)],
    ['said to be 64 MiB', packedOf(1, 0, MAX, stream)],
    ['cut', packedOf(1, 0, 500, stream.subarray(0, -1))],
    ['cut, and large', packedOf(1, 0, 5_000_000, stream.subarray(0, -1))],
    ['followed', packedOf(1, 0, 500, Buffer.concat([stream, Buffer.from('x')]))],
    ['no stream', packedOf(2, 0, 500, stream)],
  ])('that is %s is refused', async (_, given) => {
    expect(await settled(() => unpack(given, MAX))).toBeInstanceOf(DecodeError);
  });

  test('that is a stream alone holds nobody up, however much it holds', async () => {
    const bomb = deflateSync(Buffer.alloc(20_000_000));
    const outcome = inflate(reply(bomb, 24), 8, MAX);
    expect(outcome).toBeInstanceOf(Promise);
    const { data, flags } = contentOf(await outcome);
    expect([data.length, flags]).toEqual([20_000_000, 16]);
    expect(await settled(() => inflate(reply(bomb, 24), 8, 1_000_000))).toBeInstanceOf(DecodeError);
    expect(await settled(() => inflate(reply(bomb, 24), 8, 1_000))).toBeInstanceOf(DecodeError);
  });

  test('of any bytes is refused or small, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, bare) => {
        const given = reply(bytes, bare ? 24 : PACKED_FLAGS);
        const outcome = await settled(() => (bare ? inflate(given, 8, 1_000) : unpack(given, 1_000)));
        expect(outcome instanceof DecodeError || (outcome as WireValue).data.length <= 1_000).toBe(true);
      }),
    );
  });

  test('is not made by a codec', () => {
    for (const flags of [PACKED_FLAGS, 0x4d59_0000, 0x4d53_0000]) {
      expect(() => encodeValue(bytesCodec(flags), 'text')).toThrow(InvalidValueError);
    }
    expect(encodeValue(bytesCodec(0x4000_0000), 'text').flags).toBe(0x4000_0000);
  });
});

describe('a packer', () => {
  test('takes what is neither short nor beyond reading', () => {
    const small = new Packer({ algorithm: 'zlib', minBytes: 100, zlibFlag: undefined, maxBytes: 1_000 });
    const takes = [31, 99, 100, 1_000, 1_001].map((length) =>
      small.takes({ data: 'x'.repeat(length), flags: 0 }),
    );
    expect(takes).toEqual([false, false, true, true, false]);
    expect(packer.takes({ data: 'x'.repeat(31), flags: 0 })).toBe(false);
    expect(packer.takes({ data: 'x'.repeat(32), flags: 0 })).toBe(true);
  });

  test('leaves what does not become smaller, its header counted', () => {
    const value = { data: 'abcdefghijklmnopqrstuvwxyzABCDEF', flags: 3 };
    expect(packer.pack(value)).toBe(value);
    const bare = new Packer({ algorithm: 'zlib', minBytes: 1, zlibFlag: 8, maxBytes: MAX });
    expect(bare.pack(value)).toBe(value);
    expect(bare.pack({ data: 'a'.repeat(100), flags: 0x8000_0010 }).flags).toBe(0x8000_0018);
  });
});
