/** Bytes that were right once: what gets further into a parser than noise does. */
import fc from 'fast-check';

/** Nothing but noise: any bytes, or pieces of what the parser knows in any order. */
export function noise(fragments: readonly string[]): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.constantFrom(...fragments), { maxLength: 30 })
      .map((parts) => Buffer.from(parts.join(''), 'latin1')),
  );
}

type Damage = (wire: Buffer, at: number, byte: number) => Buffer;

const DAMAGES: readonly Damage[] = [
  (wire, at, byte) => {
    const changed = Buffer.from(wire);
    changed[at] = byte;
    return changed;
  },
  (wire, at) => Buffer.concat([wire.subarray(0, at), wire.subarray(at + 1)]),
  (wire, at, byte) => Buffer.concat([wire.subarray(0, at), Buffer.of(byte), wire.subarray(at)]),
  (wire, at) => wire.subarray(0, at),
  (wire, at, byte) => Buffer.concat([wire, wire.subarray(at, at + byte)]),
];

/** A wire with a byte changed, lost or added, its end cut off, or a part of it said again. */
export function damaged(wires: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(wires, fc.constantFrom(...DAMAGES), fc.nat(), fc.nat(255))
    .map(([wire, damage, at, byte]) => (wire.length === 0 ? wire : damage(wire, at % wire.length, byte)));
}
