import fc from 'fast-check';
import type { PlainReply } from './feed.ts';

/** A reply's bytes on the wire, as a byte string, and what they say. */
export interface WireReply {
  readonly wire: string;
  readonly reply: PlainReply;
}

/** Pieces of real replies: what random streams are made of, so that they get past the first byte. */
export const FRAGMENTS: readonly string[] = [
  'VA ',
  'VALUE ',
  'CONFIG cluster ',
  'STAT ',
  'VERSION ',
  'HD\r\n',
  'EN\r\n',
  'END\r\n',
  'STORED\r\n',
  'ERROR',
  'SERVER_ERROR ',
  ' f0',
  ' c18446744073709551615',
  ' t-1',
  ' kkey',
  ' W',
  ' Z',
  ' X',
  'HD s5',
  ' b',
  '0',
  '1',
  '2',
  '5',
  '17',
  '4096',
  '9999999999',
  ' ',
  '-',
  '\r',
  '\n',
  '\r\n',
  '\r\nEND\r\n',
  '\0',
  '\xff',
  'k',
  'x'.repeat(60),
  'y'.repeat(5000),
];

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map(String);
const visible = fc.integer({ min: 0x21, max: 0xff }).filter((byte) => byte !== 0x7f);
const key = fc.array(visible, { minLength: 1, maxLength: 250 }).map((bytes) => String.fromCharCode(...bytes));
const text = fc.stringMatching(/^[ -~]{0,40}$/);

/** Values of any bytes; some made of protocol words, some past the size that gets a buffer of its own. */
const data = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 8 }).map((parts) => parts.join('')),
  fc.tuple(fc.integer({ min: 4090, max: 9000 }), fc.constantFrom('a', '\r\n', 'END\r\n')).map(fill),
);

function fill([length, unit]: [number, string]): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

const metaValue = fc
  .record(
    {
      data,
      flags: uint32,
      key,
      casToken: uint64,
      ttl: fc.oneof(fc.constant(-1), uint32),
      fetched: fc.boolean(),
      lease: fc.constantFrom('won', 'lost'),
      stale: fc.constant(true),
    },
    { requiredKeys: ['data'] },
  )
  .map(({ data, flags, key, casToken, ttl, fetched, lease, stale }): WireReply => {
    const metaFlags = [
      key === undefined ? '' : ` k${key}`,
      flags === undefined ? '' : ` f${flags}`,
      casToken === undefined ? '' : ` c${casToken}`,
      ttl === undefined ? '' : ` t${ttl}`,
      fetched === undefined ? '' : ` h${fetched ? 1 : 0}`,
      stale === undefined ? '' : ' X',
      lease === undefined ? '' : lease === 'won' ? ' W' : ' Z',
    ];
    return {
      wire: `VA ${data.length}${metaFlags.join('')}\r\n${data}\r\n`,
      reply: {
        kind: 'value',
        data,
        flags: flags ?? 0,
        key,
        casToken,
        ttl,
        lastAccess: undefined,
        fetched,
        lease,
        stale,
      },
    };
  });

const classicValue = fc
  .record({ data, flags: uint32, key, casToken: uint64 }, { requiredKeys: ['data', 'flags', 'key'] })
  .map(({ data, flags, key, casToken }): WireReply => {
    const cas = casToken === undefined ? '' : ` ${casToken}`;
    return {
      wire: `VALUE ${key} ${flags} ${data.length}${cas}\r\n${data}\r\n`,
      reply: {
        kind: 'value',
        data,
        flags,
        key,
        casToken,
        ttl: undefined,
        lastAccess: undefined,
        fetched: undefined,
        lease: undefined,
        stale: undefined,
      },
    };
  });

const head = fc
  .record({ bytes: uint32.filter((bytes) => bytes < 1e9), flags: uint32, casToken: uint64 })
  .map(({ bytes, flags, casToken }): WireReply => {
    const facts = { ttl: undefined, lastAccess: undefined, fetched: undefined, stale: undefined };
    return {
      wire: `HD s${bytes} f${flags} c${casToken} Z\r\n`,
      reply: { kind: 'head', bytes, flags, casToken, lease: 'lost', ...facts },
    };
  });

const status = fc
  .constantFrom(
    ['HD', 'stored'],
    ['STORED', 'stored'],
    ['DELETED', 'stored'],
    ['NS', 'notStored'],
    ['EX', 'exists'],
    ['EN', 'notFound'],
    ['NOT_FOUND', 'notFound'],
    ['END', 'end'],
    ['MN', 'end'],
  )
  .map(([word, kind]): WireReply => ({ wire: `${word}\r\n`, reply: { kind } }));

const number = fc.tuple(uint64, fc.nat(3)).map(
  ([digits, spaces]): WireReply => ({
    wire: `${digits}${' '.repeat(spaces)}\r\n`,
    reply: { kind: 'number', digits },
  }),
);

const stat = fc.tuple(fc.stringMatching(/^[a-z0-9_:]{1,30}$/), text).map(
  ([name, value]): WireReply => ({
    wire: `STAT ${name} ${value}\r\n`,
    reply: { kind: 'stat', name, value },
  }),
);

const version = text.map(
  (text): WireReply => ({ wire: `VERSION ${text}\r\n`, reply: { kind: 'line', text } }),
);

const error = fc.tuple(fc.constantFrom('ERROR', 'CLIENT_ERROR', 'SERVER_ERROR'), text).map(
  ([status, text]): WireReply => ({
    wire: `${status} ${text}\r\n`,
    reply: { kind: 'error', status, text },
  }),
);

const config = fc
  .tuple(
    fc.nat(9999),
    fc.array(fc.stringMatching(/^[a-zEND.]{1,30}$/), { maxLength: 300 }),
    fc.integer({ min: -9, max: 99 }),
  )
  .map(([number, hosts, off]): WireReply => {
    const payload = `${number}\n${hosts.map((host) => `${host}||11211`).join(' ')}\n`;
    const announced = Math.max(0, payload.length + off);
    return {
      wire: `CONFIG cluster 0 ${announced}\r\n${payload}\r\nEND\r\n`,
      reply: { kind: 'config', payload, lengthMismatch: announced !== payload.length },
    };
  });

/** Any reply of either dialect. */
export const wireReply: fc.Arbitrary<WireReply> = fc.oneof(
  { arbitrary: metaValue, weight: 4 },
  { arbitrary: classicValue, weight: 4 },
  { arbitrary: status, weight: 3 },
  head,
  number,
  stat,
  version,
  error,
  config,
);

/** Where to cut a wire, as fractions of its length: so that it does not depend on the wire. */
const cutFractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

export const cutsOf: fc.Arbitrary<(wire: Buffer) => number[]> = cutFractions.map(
  (fractions) => (wire) => fractions.map((each) => Math.floor(each * wire.length)).sort((a, b) => a - b),
);
