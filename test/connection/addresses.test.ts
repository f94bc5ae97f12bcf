import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressesOf } from '../../src/connection/addresses.ts';

/** A function of the caller's own, which answers later as a resolver does. */
function answering(...answer: readonly unknown[]): { lookup: LookupFunction; thrown: Promise<unknown> } {
  let told = (_: unknown): void => undefined;
  const thrown = new Promise<unknown>((resolve) => {
    told = resolve;
  });
  const lookup: LookupFunction = (_host, _options, callback) => {
    setImmediate(() => {
      try {
        (callback as (...args: readonly unknown[]) => void)(...answer);
        told(undefined);
      } catch (error) {
        told(error);
      }
    });
  };
  return { lookup, thrown };
}

describe('what a lookup finds', () => {
  test.each<readonly [string, readonly unknown[], object]>([
    [
      'as dns.lookup finds it',
      [
        null,
        [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ],
      ],
      [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
    ['is one address', [undefined, '127.0.0.1', 4], [{ address: '127.0.0.1', family: 4 }]],
    ['is one address without its family', [null, '::1'], [{ address: '::1', family: 6 }]],
    [
      'is an address among others that are none',
      [null, [{ address: 'x', family: 4 }, null, { address: '127.0.0.1' }]],
      [{ address: '127.0.0.1', family: 4 }],
    ],
  ])('%s', async (_, answer, found) => {
    expect(await addressesOf('node.example', answering(...answer).lookup)).toEqual(found);
  });

  test.each<readonly [string, readonly unknown[]]>([
    ['nothing', [null, undefined]],
    ['an empty list', [null, []]],
    ['an empty text', [null, '']],
    ['a name', [null, [{ address: 'other.example', family: 4 }]]],
    ['texts', [null, ['127.0.0.1']]],
    ['null', [null, null]],
  ])('is no address where it is %s, and the resolver is thrown nothing', async (_, answer) => {
    const { lookup, thrown } = answering(...answer);
    const found = addressesOf('node.example', lookup).catch((error: unknown) => error);
    expect(await thrown).toBeUndefined();
    expect(await found).toMatchObject({ code: 'ENOTFOUND' });
  });

  test('is the error, as it is', async () => {
    const error = Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
    await expect(addressesOf('node.example', answering(error).lookup)).rejects.toBe(error);
  });
});

test('an address is its own only one, and nobody is asked', async () => {
  const lookup = (): never => {
    throw new Error('Asked');
  };
  expect(await addressesOf('::1', lookup)).toEqual([{ address: '::1', family: 6 }]);
});
