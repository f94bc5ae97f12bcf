import { describe, expect, test } from 'vitest';
import { zeroCounters } from '../../src/testing/embedded/counters.ts';
import type { Engine } from '../../src/testing/embedded/engine.ts';
import { Session } from '../../src/testing/embedded/session.ts';
import { Store } from '../../src/testing/embedded/store.ts';

const START = 1_700_000_000;

class Bench {
  time: number = START;
  readonly engine: Engine = {
    store: new Store({ maxBytes: 1_000_000, maxItemBytes: 100_000, now: () => this.time }),
    counters: zeroCounters(),
    startedAt: START,
    version: '1.6.18',
    meta: true,
    okStatus: 'HD',
    clusterConfig: undefined,
  };
  readonly #session = new Session(this.engine, undefined);

  ask(text: string, cuts: readonly number[] = []): string {
    const bytes = Buffer.from(text, 'latin1');
    const edges = [0, ...cuts, bytes.length];
    let replies = '';
    for (let i = 1; i < edges.length; i += 1) {
      const { replies: parts } = this.#session.push(bytes.subarray(edges[i - 1], edges[i]));
      replies += Buffer.concat(parts).toString('latin1');
    }
    return replies;
  }
}

describe('chunks', () => {
  const stream = [
    'set a 5 0 3\r\na\r\n\r\n',
    'set b 0 0 3 noreply\r\n\r\n1\r\n',
    'get a b\r\n',
    'ms c 2 T0 c\r\nhi\r\n',
    'mg c v k Oq\n',
    'set d 0 0 200000\r\n',
    `${'z'.repeat(200_000)}\r\n`,
    'set e 0 0 2\r\nabcd\r\n',
    'bogus\r\nversion\r\n',
  ].join('');
  const whole = new Bench().ask(stream);

  test('the whole stream in one', () => {
    expect(whole).toBe(
      [
        'STORED\r\n',
        'VALUE a 5 3\r\na\r\n\r\nVALUE b 0 3\r\n\r\n1\r\nEND\r\n',
        'HD c3\r\n',
        'VA 2 kc Oq\r\nhi\r\n',
        'SERVER_ERROR object too large for cache\r\n',
        'CLIENT_ERROR bad data chunk\r\nERROR\r\n',
        'ERROR\r\nVERSION 1.6.18\r\n',
      ].join(''),
    );
  });

  test('every cut gives the same replies', () => {
    for (let cut = 1; cut < stream.length; cut += cut > 150 && cut < 200_000 ? 997 : 1) {
      expect(new Bench().ask(stream, [cut]), `cut at ${cut}`).toBe(whole);
    }
  });

  test('byte by byte too', () => {
    const cuts = Array.from({ length: stream.length - 1 }, (_, i) => i + 1);
    expect(new Bench().ask(stream, cuts)).toBe(whole);
  });
});

describe('long lines', () => {
  const session = (): Session => new Session(new Bench().engine, undefined);
  const long = Buffer.alloc(2049, 'x');

  test('2048 bytes may come without a newline, 2049 may not', () => {
    expect(session().push(long.subarray(1))).toEqual({ open: true, replies: [] });
    expect(session().push(long).open).toBe(false);
  });

  test('a get may be longer, within reason', () => {
    expect(session().push(Buffer.from(`get ${'k '.repeat(5000)}`)).open).toBe(true);
    expect(session().push(Buffer.from(`gets ${'k '.repeat(5000)}`)).open).toBe(true);
    expect(session().push(Buffer.from(`gat 0 ${'k '.repeat(5000)}`)).open).toBe(false);
    expect(session().push(Buffer.from(`get ${'k '.repeat(3_000_000)}`)).open).toBe(false);
  });

  test.each([4_000, 90_000])(
    'a get of %i bytes over and over is ended before it fills the memory',
    (size) => {
      const bench = new Bench();
      bench.ask(`set k 0 0 ${size}\r\n${'x'.repeat(size)}\r\n`);
      const asking = new Session(bench.engine, undefined);
      const { open, replies } = asking.push(Buffer.from(`get ${'k '.repeat(1_000_000)}\r\n`));
      expect(open).toBe(false);
      expect(replies.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(300_000_000);
    },
  );
});

describe('expiry', () => {
  test('relative up to 30 days, Unix time above, negative at once', () => {
    const bench = new Bench();
    const left = (exptime: number): string => bench.ask(`set a 0 ${exptime} 1\r\n1\r\nmg a t\r\n`);
    expect(left(0)).toBe('STORED\r\nHD t-1\r\n');
    expect(left(100)).toBe('STORED\r\nHD t100\r\n');
    expect(left(2_592_000)).toBe('STORED\r\nHD t2592000\r\n');
    expect(left(2_592_001)).toBe('STORED\r\nEN\r\n');
    expect(left(START + 77)).toBe('STORED\r\nHD t77\r\n');
    expect(left(-1)).toBe('STORED\r\nEN\r\n');
    // The wire's number is an int32, so 2^31 is as negative as -2^31, and 2^32 + 5 is 5.
    expect(left(2_147_483_648)).toBe('STORED\r\nEN\r\n');
    expect(left(4_294_967_301)).toBe('STORED\r\nHD t5\r\n');
  });

  test('ends an item to the second, and touch moves the end', () => {
    const bench = new Bench();
    bench.ask('set a 0 10 1\r\n1\r\nset b 0 10 1\r\n1\r\nset c 0 10 1\r\n1\r\n');
    bench.time += 9;
    expect(bench.ask('touch b 10\r\ngat 0 c\r\n')).toBe('TOUCHED\r\nVALUE c 0 1\r\n1\r\nEND\r\n');
    bench.time += 1;
    expect(bench.ask('get a b c\r\n')).toBe('VALUE b 0 1\r\n1\r\nVALUE c 0 1\r\n1\r\nEND\r\n');
    bench.time += 1e9;
    expect(bench.ask('get b c\r\n')).toBe('VALUE c 0 1\r\n1\r\nEND\r\n');
    expect(bench.engine.store.expiredReads).toBe(2);
  });

  test('tells seconds since the last access, and whether there was one', () => {
    const bench = new Bench();
    bench.ask('set a 0 0 1\r\n1\r\n');
    bench.time += 5;
    expect(bench.ask('mg a l h u\r\nmg a l h\r\nmg a l h\r\n')).toBe('HD l5 h0\r\nHD l5 h0\r\nHD l0 h1\r\n');
    bench.time += 3;
    expect(bench.ask('me a\r\n')).toBe('ME a exp=-1 la=3 cas=1 fetch=yes cls=1 size=61\r\n');
  });
});

describe('flush_all', () => {
  test('takes what is there now, not what comes in the same second', () => {
    const bench = new Bench();
    expect(bench.ask('set a 0 0 1\r\n1\r\nflush_all\r\nset b 0 0 1\r\n1\r\nget a b\r\n')).toBe(
      'STORED\r\nOK\r\nSTORED\r\nVALUE b 0 1\r\n1\r\nEND\r\n',
    );
    expect(bench.engine.store.size).toBe(1);
  });

  test('with a delay takes what was stored before it is over', () => {
    const bench = new Bench();
    bench.ask('set a 0 0 1\r\n1\r\nflush_all 10 noreply\r\n');
    bench.time += 8;
    expect(bench.ask('set b 0 0 1\r\n1\r\nmg a u\r\n')).toBe('STORED\r\nHD\r\n');
    bench.time += 2;
    expect(bench.ask('set c 0 0 1\r\n1\r\nget a b c\r\n')).toBe('STORED\r\nVALUE c 0 1\r\n1\r\nEND\r\n');
    expect(bench.engine.store.flushedReads).toBe(2);
  });

  test('a later one replaces one still waiting', () => {
    const bench = new Bench();
    bench.ask('flush_all 10\r\nflush_all 100\r\nset a 0 0 1\r\n1\r\n');
    bench.time += 50;
    expect(bench.ask('mg a\r\n')).toBe('HD\r\n');
    bench.ask('flush_all\r\nset a 0 0 1\r\n1\r\n');
    bench.time += 100;
    expect(bench.ask('mg a\r\n')).toBe('HD\r\n');
  });
});

describe('counters', () => {
  test.each([
    ['10', 'decr n 1', '9', '9 '],
    ['9', 'incr n 1', '10', '10'],
    ['5', 'decr n 6', '0', '0'],
    ['18446744073709551615', 'incr n 5', '4', `4${' '.repeat(19)}`],
    ['9', 'incr n 18446744073709551615', '8', '8'],
    [' 12', 'incr n 5', '17', '17 '],
    ['-0', 'incr n 1', '1', '1 '],
    ['1 2 3', 'incr n 1', '2', '2    '],
  ])('%s, %s: %s', (value, command, reply, stored) => {
    expect(new Bench().ask(`set n 0 0 ${value.length}\r\n${value}\r\n${command}\r\nget n\r\n`)).toBe(
      `STORED\r\n${reply}\r\nVALUE n 0 ${stored.length}\r\n${stored}\r\nEND\r\n`,
    );
  });

  test.each(['', 'abc', '1a', '-1', '18446744073709551616'])('%j is no number', (value) => {
    expect(new Bench().ask(`set n 0 0 ${value.length}\r\n${value}\r\nincr n 1\r\n`)).toBe(
      'STORED\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n',
    );
  });
});

describe('recache tokens', () => {
  test('vivify: one wins, the others wait', () => {
    const bench = new Bench();
    expect(bench.ask('mg a v t N30\r\nmg a v N30\r\n')).toBe('VA 0 t-1 W\r\n\r\nVA 0 Z\r\n\r\n');
    expect(bench.ask('ms a 1\r\nx\r\nmg a v N30\r\n')).toBe('HD\r\nVA 1\r\nx\r\n');
  });

  test('recache: one wins when little time is left', () => {
    const bench = new Bench();
    bench.ask('ms a 1 T100\r\nx\r\n');
    expect(bench.ask('mg a R30\r\n')).toBe('HD\r\n');
    bench.time += 80;
    expect(bench.ask('mg a R30\r\nmg a R30\r\n')).toBe('HD W\r\nHD Z\r\n');
  });

  test('invalidate: stale is served, one wins, and an older CAS unique stores as stale', () => {
    const bench = new Bench();
    bench.ask('ms a 1\r\nx\r\n');
    expect(bench.ask('md a I T30\r\nmg a v t c\r\nmg a v\r\n')).toBe(
      'HD\r\nVA 1 t30 c2 X W\r\nx\r\nVA 1 Z X\r\nx\r\n',
    );
    expect(bench.ask('ms a 1 I C1\r\ny\r\nmg a v t\r\n')).toBe('HD\r\nVA 1 t30 Z X\r\ny\r\n');
    expect(bench.ask('ms a 1 C1\r\nz\r\nms a 1 C3\r\nz\r\nmg a v\r\n')).toBe('EX\r\nHD\r\nVA 1\r\nz\r\n');
  });
});
