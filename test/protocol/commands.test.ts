import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextNumber } from '../../src/protocol/binary-frame.ts';
import {
  BinaryProtocol,
  type Command,
  classicProtocol,
  metaProtocol,
  type Reply,
  RequestWriter,
  type StoreCommand,
  type WireProtocol,
} from '../../src/protocol/index.ts';
import { requestBytes } from './request-bytes.ts';

interface CommandCase {
  readonly name: string;
  /** 64 bit numbers as decimals; `data` as text, or as bytes where it is `{ bytes }`. */
  readonly command: Readonly<Record<string, unknown>>;
  /** Absent where the dialect has no such command. */
  readonly classic?: string;
  readonly meta: string;
  /** In hexadecimal: each frame's header, and what follows it. */
  readonly binary: readonly string[];
}

const cases: readonly CommandCase[] = JSON.parse(
  readFileSync(new URL('./commands.cases.json', import.meta.url), 'utf8'),
);

function revive(fields: CommandCase['command']): Command {
  const command: Record<string, unknown> = { ...fields };
  for (const name of ['casToken', 'delta', 'initial']) {
    if (typeof command[name] === 'string') command[name] = BigInt(command[name]);
  }
  const data = command.data;
  if (typeof data === 'object' && data !== null && 'bytes' in data) {
    command.data = new Uint8Array(Buffer.from(String(data.bytes), 'latin1'));
  }
  return command as unknown as Command;
}

function encode(protocol: WireProtocol, ...commands: readonly Command[]): string {
  const out = new RequestWriter();
  for (const command of commands) protocol.encode(command, out);
  return requestBytes(out.take());
}

function fromHex(lines: readonly string[]): string {
  return Buffer.from(lines.join('').replaceAll(' ', ''), 'hex').toString('latin1');
}

const NOOP: Command = { kind: 'noop' };
describe('the commands', () => {
  test('are there in every kind', () => {
    expect([...new Set(cases.map((each) => each.command.kind))].sort()).toEqual([
      'auth',
      'compareDelete',
      'configGet',
      'decr',
      'delete',
      'fetch',
      'flushAll',
      'gat',
      'gats',
      'get',
      'getMany',
      'gets',
      'getsMany',
      'incr',
      'inspect',
      'noop',
      'stats',
      'store',
      'touch',
      'version',
    ]);
  });

  test.each(cases.filter((each) => each.classic !== undefined))('classic: $name', ({ command, classic }) => {
    expect(encode(classicProtocol, revive(command))).toBe(classic);
  });

  test.each(cases)('meta: $name', ({ command, meta }) => {
    expect(encode(metaProtocol, revive(command))).toBe(meta);
  });

  test.each(cases)('binary: $name', ({ command, binary }) => {
    expect(encode(new BinaryProtocol(), revive(command))).toBe(fromHex(binary));
  });

  test('binary: are numbered, from 24 bits back to 0', () => {
    const protocol = new BinaryProtocol();
    const numberOf = (): string =>
      Buffer.from(encode(protocol, { kind: 'noop' }), 'latin1').toString('hex', 12, 16);
    expect([numberOf(), numberOf(), numberOf()]).toEqual(['0a0d0a00', '0a0d0a01', '0a0d0a02']);
    expect([nextNumber(0xff_fffe), nextNumber(0xff_ffff)]).toEqual([0xff_ffff, 0]);
  });

  test('binary: the mechanisms of SASL are asked for as a command of their own', () => {
    const protocol = new BinaryProtocol();
    const out = new RequestWriter();
    protocol.encodeMechanisms(out);
    protocol.encode(NOOP, out);
    const header = (opcode: string, number: string): string =>
      `80${opcode}00000000000000000000${opcode}${number}0000000000000000`;
    expect(Buffer.from(requestBytes(out.take()), 'latin1').toString('hex')).toBe(
      header('20', '0d0a00') + header('0a', '0d0a01'),
    );
  });

  test('are written one after the other', () => {
    const commands = cases.map((each) => revive(each.command));
    expect(encode(metaProtocol, ...commands)).toBe(cases.map((each) => each.meta).join(''));
  });
});

describe('the announced length', () => {
  const store = fc
    .record({
      mode: fc.constantFrom('set', 'add', 'replace', 'append', 'prepend'),
      flags: fc.integer({ min: 0, max: 0xffff_ffff }),
      exptime: fc.integer({ min: -1, max: 0x7fff_ffff }),
      casToken: fc.option(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), { nil: undefined }),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 2000, max: 5000 }).map((length) => new Uint8Array(length).fill(0x0a)),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
    })
    .map((fields): StoreCommand => ({ kind: 'store', key: 'k', base64: false, ...fields }));

  test.each([
    ['classic', classicProtocol, /^(?:cas|[a-z]+) k \d+ -?\d+ (\d+)(?: \d+)?\r\n/],
    ['meta', metaProtocol, /^ms k (\d+)(?: [FTCM][-\w]+)*\r\n/],
  ] as const)('is the number of data bytes (%s)', (_, protocol, header) => {
    fc.assert(
      fc.property(store, (command) => {
        const wire = encode(protocol, command);
        const match = header.exec(wire);
        const length = Number(match?.[1]);
        const data = wire.slice(match?.[0].length);
        expect(data.length).toBe(length + 2);
        expect(data.endsWith('\r\n')).toBe(true);
        expect(data.slice(0, -2)).toBe(
          typeof command.data === 'string' ? command.data : Buffer.from(command.data).toString('latin1'),
        );
      }),
    );
  });
});

describe('isFinal', () => {
  const VALUE = { kind: 'value' } as Reply;
  const OVERSIZE: Reply = { kind: 'oversize', bytes: 9, key: undefined };
  const ERROR: Reply = { kind: 'error', status: 'SERVER_ERROR', text: '' };
  const STAT: Reply = { kind: 'stat', name: 'a', value: '' };
  const END: Reply = { kind: 'end' };
  const MISS: Reply = { kind: 'notFound' };
  const HEAD: Reply = { kind: 'head', bytes: 0, flags: 0, facts: undefined };
  const key = { key: 'k', base64: false } as const;
  const hints = { vivify: 30, recache: undefined } as const;
  const get: Command = { kind: 'get', ...key };
  const gats: Command = { kind: 'gats', exptime: 1, ...key };
  const getMany: Command = { kind: 'getMany', keys: ['a', 'b'] };
  const getsMany: Command = { kind: 'getsMany', keys: ['a', 'b'] };
  const stats: Command = { kind: 'stats', section: '' };

  test.each<[name: string, protocol: WireProtocol, command: Command, final: Reply[], more: Reply[]]>([
    ['classic get', classicProtocol, get, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic fetch', classicProtocol, { kind: 'fetch', ...hints, ...key }, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic inspect', classicProtocol, { kind: 'inspect', ...key }, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic gats', classicProtocol, gats, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic getMany', classicProtocol, getMany, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic getsMany', classicProtocol, getsMany, [END, ERROR], [VALUE, OVERSIZE]],
    ['classic stats', classicProtocol, stats, [END, ERROR, { kind: 'stored' }], [STAT]],
    ['classic delete', classicProtocol, { kind: 'delete', ...key }, [MISS, ERROR], []],
    ['meta get', metaProtocol, get, [VALUE, OVERSIZE, MISS, ERROR], []],
    ['meta fetch', metaProtocol, { kind: 'fetch', ...hints, ...key }, [VALUE, OVERSIZE, MISS, ERROR], []],
    ['meta inspect', metaProtocol, { kind: 'inspect', ...key }, [HEAD, MISS, ERROR], []],
    ['meta gats', metaProtocol, gats, [VALUE, OVERSIZE, MISS, ERROR], []],
    ['meta getMany, one line', metaProtocol, getMany, [END, ERROR], [VALUE, OVERSIZE]],
    ['meta getsMany, quiet gets', metaProtocol, getsMany, [END], [VALUE, OVERSIZE, ERROR]],
    ['meta stats', metaProtocol, stats, [END, ERROR, { kind: 'stored' }], [STAT]],
  ])('%s', (_, protocol, command, final, more) => {
    for (const reply of final) expect(protocol.isFinal(command, reply)).toBe(true);
    for (const reply of more) expect(protocol.isFinal(command, reply)).toBe(false);
  });
});
