import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chunkCount,
  chunkIndex,
  chunkKey,
  type Manifest,
  openChunk,
  readManifest,
  sealChunk,
  writeManifest,
} from '../../src/client/manifest.ts';
import { DecodeError } from '../../src/index.ts';

const MAX = 2 ** 26;
const anyManifest = fc.record({
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
  bytes: fc.integer({ min: 1, max: MAX }),
  chunkBytes: fc.integer({ min: 1_024, max: 0xffff_ffff }),
  base: fc.stringMatching(/^[!-~\xa0-\xff]{1,240}$/),
});

function signed(manifest: Manifest): Buffer {
  const bytes = writeManifest(manifest);
  bytes.writeUInt32BE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

describe('a manifest', () => {
  test('says what was written, wherever it stands in a buffer', () => {
    fc.assert(
      fc.property(anyManifest, fc.nat(5), (manifest, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), writeManifest(manifest)]);
        expect(readManifest(bytes, offset, bytes.length, MAX)).toEqual(manifest);
      }),
    );
  });

  test('is refused cut, followed, preceded or changed in any byte', () => {
    const bytes = writeManifest({ flags: 1, bytes: 10_000, chunkBytes: 5_000, base: '~id' });
    const damaged: Buffer[] = [
      Buffer.concat([bytes, Buffer.from('x')]),
      Buffer.concat([Buffer.from('x'), bytes]),
    ];
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      damaged.push(changed, bytes.subarray(0, at));
    }
    for (const each of damaged) expect(() => readManifest(each, 0, each.length, MAX)).toThrow(DecodeError);
  });

  test.each<[string, Partial<Manifest>]>([
    ['nothing', { bytes: 0 }],
    ['more than is allowed', { bytes: MAX + 1 }],
    ['4 GB', { bytes: 0xffff_ffff, chunkBytes: 0xffff_ffff }],
    ['chunks of nothing', { chunkBytes: 0 }],
    ['chunks that are not worth it', { chunkBytes: 1_023 }],
    ['keys with spaces', { base: 'a b' }],
    ['keys that are commands', { base: 'a\r\nflush_all\r\n' }],
    ['keys that are too long', { base: 'a'.repeat(249) }],
  ])('of %s is refused', (_, fields) => {
    const bytes = signed({ flags: 0, bytes: 10_000, chunkBytes: 5_000, base: '~id', ...fields });
    expect(() => readManifest(bytes, 0, bytes.length, MAX)).toThrow(DecodeError);
  });

  test('never makes a reader ask for more than 65,536 chunks', () => {
    expect(chunkCount({ flags: 0, bytes: MAX, chunkBytes: 1_024, base: '~' })).toBe(65_536);
  });

  test('of any bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (given) => {
        const bytes = Buffer.from(given);
        expect(() => readManifest(bytes, 0, bytes.length, MAX)).toThrow(DecodeError);
      }),
    );
  });
});

describe('chunks', () => {
  test('make the value again, and each knows its place', () => {
    const sizes = fc.record({
      bytes: fc.integer({ min: 1, max: 20_000 }),
      chunkBytes: fc.integer({ min: 1_024, max: 9_000 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(255), (size, fill) => {
        const manifest = { ...size, flags: 0, base: '~id' };
        const value = Buffer.alloc(size.bytes, `part ${fill}`);
        const parts: Buffer[] = [];
        for (let index = 0; index < chunkCount(manifest); index++) {
          expect(chunkIndex(manifest, chunkKey(manifest, index))).toBe(index);
          const chunk = sealChunk(manifest, index, value);
          parts.push(openChunk(manifest, index, chunk) as Buffer);
          expect(openChunk(manifest, index + 1, chunk), 'another place').toBeUndefined();
          expect(openChunk({ ...manifest, base: '~other' }, index, chunk), 'another write').toBeUndefined();
        }
        expect(Buffer.concat(parts).equals(value)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('are not opened cut, followed, or changed in any byte', () => {
    const manifest = { flags: 0, bytes: 1_100, chunkBytes: 1_024, base: '~id' };
    const chunk = sealChunk(manifest, 1, Buffer.alloc(1_100, 'value'));
    for (let at = 0; at < chunk.length; at++) {
      const changed = Buffer.from(chunk);
      changed[at] = (changed[at] as number) ^ 1;
      expect(openChunk(manifest, 1, changed)).toBeUndefined();
      expect(openChunk(manifest, 1, chunk.subarray(0, at))).toBeUndefined();
    }
    expect(openChunk(manifest, 1, Buffer.concat([chunk, Buffer.from('x')]))).toBeUndefined();
  });
});
