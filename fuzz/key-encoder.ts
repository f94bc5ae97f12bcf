import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Key, KeyEncoder, type KeyEncoderOptions, type WireKey } from '../src/client/key-encoder.ts';
import { InvalidKeyError } from '../src/errors.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const options: fc.Arbitrary<KeyEncoderOptions> = fc.record({
  keyPrefix: fc.constantFrom('', 'p:', 'é:', 'with space:', 'sha256:', 'x'.repeat(150)),
  longKeys: fc.constantFrom('throw', 'hash'),
  unsafeKeys: fc.constantFrom('throw', 'base64'),
});

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.integer({ min: 180, max: 260 }), fc.constantFrom('k', ' ', 'é', '/', '='))
    .map(([length, unit]) => unit.repeat(length)),
);

/** Keys made of another and of what it is sent as: where two are likeliest to become one. */
const neighbours: readonly ((key: Key, wire: WireKey | undefined) => Key)[] = [
  (_, wire) => Buffer.from(wire?.text ?? '', 'latin1'),
  (_, wire) => Buffer.from(wire?.routed ?? '', 'latin1'),
  (key) => Buffer.from(key).toString('base64'),
  (key) => Buffer.from(key).toString('latin1'),
  (key) => Buffer.from(key).subarray(0, -1),
  (key) => Buffer.concat([Buffer.from(key), Buffer.of(0)]),
  (key) => Buffer.from(key),
];

function encoded(encoder: KeyEncoder, key: Key): WireKey | undefined {
  try {
    return encoder.encode(key);
  } catch (error) {
    assert.ok(error instanceof InvalidKeyError, String(error));
    return undefined;
  }
}

/** The key as memcached keeps it. */
function storedKey({ base64, text }: WireKey): string {
  return base64 ? Buffer.from(text, 'base64').toString('latin1') : text;
}

function checkForm(wire: WireKey): void {
  assert.ok(wire.text.length >= 1 && wire.text.length <= 250);
  assert.match(wire.text, /^[^\0- \x7f\u0100-\uffff]+$/);
  assert.equal(storedKey(wire), wire.routed, 'A key is placed on the ring by what is stored');
}

export const keyEncoder: readonly FuzzProperty[] = [
  {
    name: 'key encoder: two different keys are never one key on the wire, and each is one that memcached takes',
    runs: 2000,
    property: fc.property(
      options,
      anyKey,
      fc.oneof(anyKey, fc.constantFrom(...neighbours)),
      (options, key, other) => {
        const encoder = new KeyEncoder(options);
        const wire = encoded(encoder, key);
        // Without the prefix, which would be put before it again.
        const prefix = Buffer.from(options.keyPrefix).toString('latin1');
        const bare = wire && {
          ...wire,
          text: wire.text.replace(prefix, ''),
          routed: wire.routed.replace(prefix, ''),
        };
        const second = typeof other === 'function' ? other(key, bare) : other;
        const secondWire = encoded(encoder, second);
        for (const each of [wire, secondWire]) if (each !== undefined) checkForm(each);
        if (wire === undefined || secondWire === undefined) return;
        const same = Buffer.from(key).equals(Buffer.from(second));
        assert.equal(storedKey(wire) === storedKey(secondWire), same);
      },
    ),
  },
];
