import fc from 'fast-check';
import type { PlainReply } from './feed.ts';

/** The replies to one command of the binary dialect, and what they say. */
export interface BinaryAnswer {
  /** @param number the command's own on its connection. */
  readonly wire: (number: number) => Buffer;
  readonly replies: readonly PlainReply[];
}

/** What a frame holds besides its number. */
export interface Frame {
  readonly opcode: number;
  readonly status?: number;
  readonly extras?: Uint8Array;
  readonly key?: string;
  readonly value?: Uint8Array | string;
  readonly cas?: bigint;
  readonly wantsCas?: boolean;
}

/** Written from doc/protocol-binary.txt, not with the encoder's own code. */
export function replyFrame(number: number, frame: Frame): Buffer {
  const { cas = 0n, extras = new Uint8Array(0), key = '', opcode, status = 0, wantsCas } = frame;
  const value =
    typeof frame.value === 'string' ? Buffer.from(frame.value, 'latin1') : Buffer.from(frame.value ?? []);
  const header = Buffer.alloc(24);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE((wantsCas ? 2 ** 31 : 0) + opcode * 2 ** 24 + number, 12);
  header.writeBigUInt64BE(cas, 16);
  return Buffer.concat([header, extras, Buffer.from(key, 'latin1'), value]);
}

/** Where the commands of a connection begin to be numbered. */
const FIRST = 0x0d0a00;

/** The replies to commands one after the other. */
export function wireOf(answers: readonly BinaryAnswer[]): Buffer {
  return Buffer.concat(answers.map(({ wire }, i) => wire(FIRST + i)));
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const key = fc
  .uint8Array({ minLength: 1, maxLength: 250 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const data = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.constantFrom('', '\x81\0\0\0', 'END\r\n').map((text) => Buffer.from(text, 'latin1')),
  fc.integer({ min: 4090, max: 9000 }).map((length) => new Uint8Array(length).fill(0x81)),
);

function one(frame: Frame, reply: PlainReply): BinaryAnswer {
  return { wire: (number) => replyFrame(number, frame), replies: [reply] };
}

function flagsOf(flags: number): Buffer {
  const extras = Buffer.alloc(4);
  extras.writeUInt32BE(flags);
  return extras;
}

const NO_FACTS = {
  casToken: undefined,
  ttl: undefined,
  lastAccess: undefined,
  fetched: undefined,
  lease: undefined,
  stale: undefined,
};

const item = fc.record({ data, flags: uint32, cas: uint64, wantsCas: fc.boolean() });

function valueFrame(
  opcode: number,
  name: string | undefined,
  { cas, data, flags, wantsCas }: typeof item extends fc.Arbitrary<infer T> ? T : never,
): readonly [Frame, PlainReply] {
  const facts = { ...NO_FACTS, casToken: wantsCas ? cas.toString() : undefined };
  return [
    { opcode, extras: flagsOf(flags), key: name ?? '', value: data, cas, wantsCas },
    { kind: 'value', data: Buffer.from(data).toString('latin1'), flags, key: name, ...facts },
  ];
}

const value = fc
  .tuple(fc.constantFrom(0x00, 0x1d), item)
  .map(([opcode, each]) => one(...valueFrame(opcode, undefined, each)));

const batch = fc.array(fc.tuple(key, item), { maxLength: 4 }).map((hits): BinaryAnswer => {
  const values = hits.map(([name, each]) => valueFrame(0x0d, name, each));
  return {
    wire: (number) =>
      Buffer.concat([
        ...values.map(([frame]) => replyFrame(number, frame)),
        replyFrame(number, { opcode: 0x0a }),
      ]),
    replies: [...values.map(([, reply]) => reply), { kind: 'end' }],
  };
});

const status = fc
  .constantFrom(
    [0x01, 0, 'stored'],
    [0x01, 2, 'exists'],
    [0x02, 2, 'notStored'],
    [0x04, 1, 'notFound'],
    [0x0e, 5, 'notStored'],
    [0x0a, 0, 'end'],
  )
  .chain(([opcode, status, kind]) =>
    fc
      .uint8Array({ maxLength: 20 })
      .map((value) => one({ opcode: Number(opcode), status: Number(status), value }, { kind })),
  );

const number = uint64.map((count) => {
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(count);
  return one({ opcode: 0x05, value }, { kind: 'number', digits: count.toString() });
});

const stats = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z:]{1,20}$/), fc.stringMatching(/^[ -~]{0,30}$/)), {
    maxLength: 4,
  })
  .map(
    (pairs): BinaryAnswer => ({
      wire: (number) =>
        Buffer.concat([
          ...pairs.map(([key, value]) => replyFrame(number, { opcode: 0x10, key, value })),
          replyFrame(number, { opcode: 0x10 }),
        ]),
      replies: [...pairs.map(([name, value]) => ({ kind: 'stat', name, value })), { kind: 'end' }],
    }),
  );

const config = fc
  .stringMatching(/^[a-z0-9|\n]{0,300}$/)
  .map((payload) =>
    one(
      { opcode: 0x60, extras: flagsOf(0), value: payload },
      { kind: 'config', payload, lengthMismatch: false },
    ),
  );

/** The replies to any command of the binary dialect. */
export const binaryAnswer: fc.Arbitrary<BinaryAnswer> = fc.oneof(
  { arbitrary: value, weight: 4 },
  { arbitrary: batch, weight: 3 },
  { arbitrary: status, weight: 3 },
  number,
  stats,
  config,
);

/** Pieces of frames: what random streams are made of, so that they get past the first byte. */
export const BINARY_FRAGMENTS: readonly string[] = [
  replyFrame(FIRST, { opcode: 0x00, extras: flagsOf(0), value: 'value' }),
  replyFrame(FIRST, { opcode: 0x0d, extras: flagsOf(0), key: 'key', value: 'value' }),
  replyFrame(FIRST, { opcode: 0x0a }),
  replyFrame(FIRST + 1, { opcode: 0x0a }),
  replyFrame(FIRST, { opcode: 0x01, status: 2 }),
  replyFrame(FIRST, { opcode: 0x10, key: 'pid', value: '1' }),
  replyFrame(FIRST, { opcode: 0x60, extras: flagsOf(0), value: '1\na||1\n' }).subarray(0, 26),
  replyFrame(FIRST, { opcode: 0x00, extras: flagsOf(0), value: 'x'.repeat(5000) }),
]
  .map((frame) => frame.toString('latin1'))
  .concat('\x81', '\0', '\xff', 'END\r\n');
