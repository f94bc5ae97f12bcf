import fc from 'fast-check';
import type { Command, Reply, StoreMode } from '../../src/protocol/index.ts';

const EXPTIMES = [0, -1, 1, 100, 2_592_000, 2_592_001, 2_147_483_647];

/** Few keys, so that commands meet each other's values. */
const PLAIN_KEYS = ['a', 'user:1', 'caf\xc3\xa9', '\xff\x80', 'k'.repeat(250), '!"#$%&'];
/** Base64 of bytes that no plain key can have. */
const BINARY_KEYS = ['YSBi', 'AA==', 'DQo=', 'A'.repeat(248)];

const plainKey = fc.record({ key: fc.constantFrom(...PLAIN_KEYS), base64: fc.constant(false) });
const binaryKey = fc.record({ key: fc.constantFrom(...BINARY_KEYS), base64: fc.constant(true) });
const anyKey = fc.oneof(plainKey, binaryKey);

const exptime = fc.constantFrom(...EXPTIMES);
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.constant(0xffff_ffff_ffff_ffffn),
);
const byteString = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const data = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  byteString,
  fc.nat(200).map(String),
  fc.constantFrom('', '\r\nEND\r\n', 'VALUE x 0 1\r\n', '18446744073709551615'),
  fc.constantFrom(2047, 2048, 5000).map((length) => new Uint8Array(length).fill(0x0d)),
);

const whole = fc.constantFrom<StoreMode>('set', 'set', 'add', 'replace');
const growing = fc.constantFrom<StoreMode>('append', 'prepend');

const many = fc.record({
  kind: fc.constantFrom('getMany', 'getsMany'),
  keys: fc.uniqueArray(fc.constantFrom(...PLAIN_KEYS), { minLength: 1 }),
}) satisfies fc.Arbitrary<Command>;

/** Any command a client could send, with keys that the dialect can carry. */
export function commandOf(binaryKeys: boolean): fc.Arbitrary<Command> {
  const keyed = binaryKeys ? anyKey : plainKey;
  const get = fc
    .tuple(fc.constantFrom('get', 'gets', 'delete'), keyed)
    .map(([kind, key]): Command => ({ kind, ...key }));
  const seconds = fc.option(fc.constantFrom(0, 30, 2_592_000), { nil: undefined });
  const fetch = fc
    .tuple(keyed, seconds, seconds)
    .map(([key, vivify, recache]): Command => ({ kind: 'fetch', ...key, vivify, recache }));
  const inspect = keyed.map((key): Command => ({ kind: 'inspect', ...key }));
  const compareDelete = fc
    .tuple(keyed, uint64)
    .map(([key, casToken]): Command => ({ kind: 'compareDelete', ...key, casToken }));
  const touch = fc
    .tuple(fc.constantFrom('gat', 'gats', 'touch'), keyed, exptime)
    .map(([kind, key, exptime]): Command => ({ kind, ...key, exptime }));
  const fields = { flags: fc.constantFrom(0, 1, 0xffff_ffff), exptime, data };
  const noToken = fc.constant(undefined);
  const store = fc
    .oneof(
      fc.record({ ...fields, mode: whole, casToken: noToken, key: keyed }),
      fc.record({ ...fields, mode: growing, casToken: noToken, key: keyed }),
      // `cas` of the classic dialect is a set.
      fc.record({ ...fields, mode: fc.constant('set' as const), casToken: uint64, key: keyed }),
    )
    .map(({ key, ...store }): Command => ({ kind: 'store', ...store, ...key }));
  const arithmetic = fc
    .tuple(fc.constantFrom('incr', 'decr'), keyed, uint64, fc.option(uint64, { nil: undefined }), exptime)
    .map(([kind, key, delta, initial, exptime]): Command => ({ kind, ...key, delta, initial, exptime }));
  const other = fc.constantFrom<Command>(
    { kind: 'flushAll', delay: 0 },
    { kind: 'flushAll', delay: 1000 },
    { kind: 'version' },
    { kind: 'stats', section: '' },
    { kind: 'stats', section: 'items' },
    { kind: 'stats', section: 'slabs' },
    { kind: 'stats', section: 'settings' },
    { kind: 'stats', section: 'reset' },
    { kind: 'noop' },
    { kind: 'configGet', legacy: false },
    { kind: 'configGet', legacy: true },
    { kind: 'auth', username: 'user', password: 'p\xc3\xa4ss word' },
  );
  return fc.oneof(
    { arbitrary: get, weight: 4 },
    { arbitrary: store, weight: 5 },
    { arbitrary: many, weight: 2 },
    { arbitrary: touch, weight: 2 },
    { arbitrary: fetch, weight: 3 },
    inspect,
    compareDelete,
    { arbitrary: arithmetic, weight: 3 },
    { arbitrary: other, weight: 2 },
  );
}

/** The kinds of reply that memcached may give to a command which it understood. */
export function expectedKinds(command: Command, dialect: string): readonly Reply['kind'][] {
  switch (command.kind) {
    case 'get':
    case 'gets':
    case 'gat':
    case 'gats':
    case 'fetch':
      return ['value', 'notFound', 'end'];
    case 'inspect':
      return ['head', 'value', 'notFound', 'end'];
    case 'getMany':
    case 'getsMany':
      return ['value', 'end'];
    case 'store':
      return ['stored', 'notStored', 'exists', 'notFound'];
    case 'delete':
      return ['stored', 'notFound'];
    case 'compareDelete':
      return ['stored', 'exists', 'notFound'];
    case 'touch':
      // A head where the item has a lease.
      return ['stored', 'head', 'notFound'];
    case 'incr':
    case 'decr':
      // An error where the value is no number.
      return ['number', 'value', 'notFound', 'error'];
    case 'auth':
      // In text it is a `set`; a server without SASL does not know it.
      return [dialect === 'binary' ? 'error' : 'stored'];
    case 'flushAll':
      return ['stored'];
    case 'version':
      return ['line'];
    case 'stats':
      return ['stat', 'end', 'stored'];
    case 'noop':
      return ['end'];
    case 'configGet':
      return [command.legacy ? 'end' : 'error'];
  }
}
