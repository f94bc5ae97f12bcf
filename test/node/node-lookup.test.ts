import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NodeLookup } from '../../src/node/node-lookup.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const PATIENCE_MS = 500;

/** A resolver that answers when told to. */
class Resolver {
  readonly asked: string[] = [];
  readonly #waiting: Parameters<LookupFunction>[2][] = [];

  readonly lookup: LookupFunction = (hostname, _options, callback) => {
    this.asked.push(hostname);
    this.#waiting.push(callback);
  };

  answer(...addresses: string[]): void {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    for (const callback of this.#waiting.splice(0)) callback(null, found);
  }

  fail(code: string): void {
    for (const callback of this.#waiting.splice(0)) callback(Object.assign(new Error(code), { code }), []);
  }
}

interface Dial {
  readonly answers: unknown[];
}

function dial(lookup: LookupFunction, options: { all: boolean } = { all: true }): Dial {
  const answers: unknown[] = [];
  lookup('node.example', options, (error, found, family) => {
    if (error !== null) answers.push(error.code);
    else if (typeof found === 'string') answers.push([found, family]);
    else answers.push((found as LookupAddress[]).map(({ address }) => address));
  });
  return { answers };
}

function nodeLookup(resolver: Resolver): { lookup: NodeLookup; gone: () => number } {
  const onGone = vi.fn();
  return {
    lookup: new NodeLookup(resolver.lookup, PATIENCE_MS, onGone),
    gone: () => onGone.mock.calls.length,
  };
}

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('the name of a node', () => {
  test('is resolved anew for each dial, to all its addresses or one', async () => {
    const resolver = new Resolver();
    const { lookup } = nodeLookup(resolver);
    const first = dial(lookup.orElse(undefined));
    resolver.answer('10.0.0.1', '2001:db8::1');
    await settled();
    const second = dial(lookup.orElse(undefined), { all: false });
    resolver.answer('10.0.0.2');
    await settled();
    expect([first.answers, second.answers]).toEqual([[['10.0.0.1', '2001:db8::1']], [['10.0.0.2', 4]]]);
    expect(resolver.asked).toHaveLength(2);
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL'])(
    'that fails with %s is the address that discovery gave',
    async (code) => {
      const resolver = new Resolver();
      const { lookup } = nodeLookup(resolver);
      const { answers } = dial(lookup.orElse('10.0.0.9'));
      resolver.fail(code);
      await settled();
      expect(answers).toEqual([['10.0.0.9']]);
    },
  );

  test('that is gone is told of, once until it is back: the cluster may have changed', async () => {
    const resolver = new Resolver();
    const { lookup, gone } = nodeLookup(resolver);
    const outcomes: number[] = [];
    for (const code of ['EAI_AGAIN', 'ENOTFOUND', 'ENOTFOUND', undefined, 'ENOTFOUND']) {
      dial(lookup.orElse('10.0.0.9'));
      if (code === undefined) resolver.answer('10.0.0.9');
      else resolver.fail(code);
      await settled();
      outcomes.push(gone());
    }
    expect(outcomes).toEqual([0, 1, 1, 1, 2]);
  });

  test('that takes long is the address that discovery gave; what it is resolved to at last is kept', async () => {
    const resolver = new Resolver();
    const { lookup, gone } = nodeLookup(resolver);
    const { answers } = dial(lookup.orElse('10.0.0.9'));
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(answers).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers).toEqual([['10.0.0.9']]);
    resolver.answer('10.0.0.1');
    await settled();
    expect(answers).toHaveLength(1);
    expect(gone()).toBe(0);
    const later = dial(lookup.orElse(undefined));
    resolver.fail('EAI_AGAIN');
    await settled();
    expect(later.answers).toEqual([['10.0.0.1']]);
  });

  test('that nobody can be asked for is what it was last; that is gone is nothing any more', async () => {
    const resolver = new Resolver();
    const { lookup } = nodeLookup(resolver);
    dial(lookup.orElse(undefined));
    resolver.answer('10.0.0.1');
    await settled();
    const unasked = dial(lookup.orElse(undefined));
    resolver.fail('EAI_AGAIN');
    await settled();
    const gone = dial(lookup.orElse(undefined));
    resolver.fail('ENOTFOUND');
    await settled();
    expect([unasked.answers, gone.answers]).toEqual([[['10.0.0.1']], ['ENOTFOUND']]);
  });

  test('that was never known fails as it fails', async () => {
    const resolver = new Resolver();
    const { lookup, gone } = nodeLookup(resolver);
    const { answers } = dial(lookup.orElse(undefined));
    await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
    expect(answers).toEqual([]);
    resolver.fail('EAI_AGAIN');
    await settled();
    expect(answers).toEqual(['EAI_AGAIN']);
    expect(gone()).toBe(0);
  });

  test('is asked for once at a time; a lookup that never ends keeps no later one from trying', async () => {
    const resolver = new Resolver();
    const { lookup } = nodeLookup(resolver);
    const dials = [1, 2, 3].map(() => dial(lookup.orElse(undefined)));
    expect(resolver.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10_000);
    const later = dial(lookup.orElse(undefined));
    expect(resolver.asked).toHaveLength(2);
    resolver.answer('10.0.0.1');
    await settled();
    expect([...dials, later].map(({ answers }) => answers)).toEqual(new Array(4).fill([['10.0.0.1']]));
  });

  test('may come from a function that gives one address, or throws', async () => {
    const single = new NodeLookup(
      (_name, _options, callback) => callback(null, '10.0.0.1', 4),
      PATIENCE_MS,
      () => undefined,
    );
    const thrown = new NodeLookup(
      () => {
        throw Object.assign(new Error('broken'), { code: 'EBROKEN' });
      },
      PATIENCE_MS,
      () => undefined,
    );
    const dials = [dial(single.orElse(undefined)), dial(thrown.orElse(undefined))];
    await settled();
    expect(dials.map(({ answers }) => answers)).toEqual([[['10.0.0.1']], ['EBROKEN']]);
  });
});
