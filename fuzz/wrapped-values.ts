import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { chunkCount, chunkKey, readManifest } from '../src/client/manifest.ts';
import { PACKED_FLAGS, unpack } from '../src/client/packed.ts';
import { DecodeError } from '../src/errors.ts';
import { isSafeKey } from '../src/protocol/key.ts';
import { ValueReply } from '../src/protocol/value-reply.ts';
import { damaged } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const MAX_BYTES = 100_000;
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** A header that may be right, with a stream that is. */
const packed = fc
  .tuple(fc.constantFrom(1, 1, 1, 2, 3, 4), fc.nat(2 ** 32 - 1), fc.string({ minLength: 1 }), fc.nat(3))
  .map(([algorithm, flags, text, off]) => {
    const header = Buffer.from([algorithm, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(flags, 1);
    header.writeUInt32BE(Math.max(0, Buffer.byteLength(text) + off - 1), 5);
    return Buffer.concat([header, deflateSync(text)]);
  });

/** Any bytes under a checksum that is right. */
const manifests = anyBytes.map((rest) => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(rest));
  return Buffer.concat([sum, rest]);
});

/** Any error but a DecodeError is the property's failure. */
async function refusedOr(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return undefined;
  }
}

export const wrappedValues: readonly FuzzProperty[] = [
  {
    name: 'compressed values: any bytes are a value of the size that they say, or a DecodeError',
    runs: 1000,
    property: fc.asyncProperty(fc.oneof(packed, damaged(packed), anyBytes), async (bytes) => {
      const reply = new ValueReply(bytes, 0, bytes.length, PACKED_FLAGS, true, undefined, undefined, 0, 0);
      const whole = (await refusedOr(() => unpack(reply, MAX_BYTES))) as ValueReply | undefined;
      assert.ok(whole === undefined || whole.end === bytes.readUInt32BE(5));
    }),
  },
  {
    name: 'manifests: any bytes name chunks that may be asked for and held, or are a DecodeError',
    runs: 2000,
    property: fc.asyncProperty(fc.oneof(manifests, damaged(manifests), anyBytes), async (bytes) => {
      const read = (): unknown => readManifest(bytes, 0, bytes.length, MAX_BYTES);
      const manifest = (await refusedOr(read)) as ReturnType<typeof readManifest> | undefined;
      if (manifest === undefined) return;
      assert.ok(manifest.bytes > 0 && manifest.bytes <= MAX_BYTES);
      assert.ok(chunkCount(manifest) <= Math.ceil(MAX_BYTES / 1_024));
      assert.ok(isSafeKey(chunkKey(manifest, chunkCount(manifest) - 1)));
    }),
  },
];
