import { describe, expect, test } from 'vitest';
import { oneAtATime } from '../../../src/common/hash/one-at-a-time.ts';
import { toByteString } from '../../../src/protocol/key.ts';

describe('oneAtATime', () => {
  test.each([
    ['', 0],
    ['a', 0xca2e9442],
    ['foo', 0x238678dd],
    ['session:42', 0xb01e4b1d],
    ['mycluster.abc123.0001.use1.cache.amazonaws.com-0', 0xdb82d809],
  ])('of %j', (text, hash) => {
    expect(oneAtATime(text)).toBe(hash);
  });

  test.each([
    ['é', 0x019148ae],
    ['été:1', 0x74989e19],
  ])('adds bytes from 0x80 as negative numbers: %s', (text, hash) => {
    expect(oneAtATime(toByteString(text))).toBe(hash);
  });
});
