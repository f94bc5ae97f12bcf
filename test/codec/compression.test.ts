import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type CompressionAlgorithm,
  compress,
  compressLater,
  decompress,
  decompressLater,
  lacking,
} from '../../src/codec/compression.ts';
import { DecodeError } from '../../src/errors.ts';
import { expectSame } from '../harness/same.ts';

const HERE = (['zlib', 'brotli', 'zstd'] as const).filter((each) => lacking(each) === undefined);
const TEXT = Buffer.from(
  JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: `name ${id}` }))),
);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Both ways, which must be one. */
async function both(algorithm: CompressionAlgorithm, bytes: Buffer, maxBytes: number): Promise<unknown> {
  const later = await decompressLater(algorithm, bytes, maxBytes).catch((error: unknown) => error);
  try {
    const whole = decompress(algorithm, bytes, maxBytes);
    expect(Buffer.isBuffer(later) && later.equals(whole)).toBe(true);
    return whole;
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    expect(String(later)).toBe(String(error));
    return error;
  }
}

describe.each(HERE)('%s', (algorithm) => {
  test('gives back any bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.string().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (given) => {
        const stream = compress(algorithm, given);
        expect(await compressLater(algorithm, given)).toEqual(stream);
        expect(await both(algorithm, stream, given.length + 1)).toEqual(Buffer.from(given));
      }),
      { numRuns: 50 },
    );
  });

  test('is refused cut at any place, and with anything behind it', async () => {
    const stream = compress(algorithm, TEXT.subarray(0, 2_000));
    for (let length = 0; length < stream.length; length += 7) {
      expect(await both(algorithm, stream.subarray(0, length), 2_000)).toBeInstanceOf(DecodeError);
    }
    const followed = Buffer.concat([stream, Buffer.from('x')]);
    expect(await both(algorithm, followed, 2_000)).toBeInstanceOf(DecodeError);
  });

  test('is refused where it is none', async () => {
    const noise = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const outcome = await both(algorithm, Buffer.from(bytes), 1_000);
        expect(outcome instanceof DecodeError || (outcome as Buffer).length <= 1_000).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('of far more than is allowed is refused, and takes no memory for it', async () => {
    const bomb = compress(algorithm, Buffer.alloc(2 ** 27));
    const before = process.memoryUsage();
    for (const maxBytes of [1, 1_000, 100_000]) {
      expect(await both(algorithm, bomb, maxBytes)).toMatchObject({
        message: 'Compressed value holds more than is allowed',
      });
    }
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 25);
  });

  test('holds exactly what is allowed', async () => {
    const stream = compress(algorithm, TEXT);
    expectSame(await both(algorithm, stream, TEXT.length), TEXT);
    expect(await both(algorithm, stream, TEXT.length - 1)).toBeInstanceOf(DecodeError);
  });
});

describe('zstd', () => {
  test('where Node.js has none, is named with the version that has it', async () => {
    const { zstdCompress: _, ...without } = process.getBuiltinModule('node:zlib') as Record<string, unknown>;
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(without);
    expect(lacking('zstd')).toBe(`zstd needs Node.js 22.15 or newer, and this is ${process.version}`);
    expect(lacking('brotli')).toBeUndefined();
    const message = /^Value cannot be decompressed: zstd needs Node\.js 22\.15 or newer/;
    expect(() => decompress('zstd', TEXT, 1_000)).toThrow(message);
    await expect(decompressLater('zstd', TEXT, 1_000)).rejects.toThrow(DecodeError);
  });

  test('where Node.js has it, is used as any other', async () => {
    const zlib = process.getBuiltinModule('node:zlib');
    const calls: string[] = [];
    const standIn = {
      ...zlib,
      zstdCompress: (bytes: Buffer, _: object, done: (error: null, stream: Buffer) => void) => {
        calls.push('zstdCompress');
        zlib.deflate(bytes, (_error, stream) => done(null, stream));
      },
      zstdCompressSync: (bytes: Buffer) => {
        calls.push('zstdCompressSync');
        return zlib.deflateSync(bytes);
      },
      zstdDecompress: zlib.inflate,
      zstdDecompressSync: zlib.inflateSync,
    };
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(standIn);
    expect(lacking('zstd')).toBeUndefined();
    expectSame(await both('zstd', compress('zstd', TEXT), TEXT.length), TEXT);
    expectSame(await both('zstd', await compressLater('zstd', TEXT), TEXT.length), TEXT);
    expect(calls).toEqual(['zstdCompressSync', 'zstdCompress']);
  });
});
