import { describe, expect, test } from 'vitest';
import { speaksMeta } from '../../src/protocol/index.ts';

describe('speaksMeta', () => {
  test.each([
    ['1.6.12', true],
    ['1.6.18', true],
    ['1.6.22', true],
    ['1.6.100', true],
    ['1.7.0', true],
    ['1.10.1', true],
    ['2.0', true],
    ['10.0.0', true],
    ['1.6.12-beta1', true],
    ['1.6.6', false],
    ['1.6.11', false],
    ['1.6', false],
    ['1.6.', false],
    ['1.5.16', false],
    ['1.5.100', false],
    ['1.4.14 (Ubuntu)', false],
    ['1.4.5_4_gaa7839e', false],
    ['0.9.99', false],
    ['', true],
    ['mcrouter 41', true],
    ['v1.4.0', true],
    ['7', true],
  ])('%s: %s', (version, expected) => {
    expect(speaksMeta(version)).toBe(expected);
  });
});
