import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIpAddress } from '../../src/protocol/ip-address.ts';

describe('isIpAddress', () => {
  test.each([
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:10.0.0.1',
    'FFFF:ffff:ffff:ffff:ffff:ffff:255.255.255.255',
  ])('%s is one', (text) => {
    expect(isIpAddress(text)).toBe(true);
    expect(isIP(text)).toBeGreaterThan(0);
  });

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '12345::',
    '10.0.0.1::',
    '1:2:3:4:5:6:7:10.0.0.1',
    '::10.0.0.256',
    '[::1]',
    'g::1',
  ])('%j is none', (text) => {
    expect(isIpAddress(text)).toBe(false);
    expect(isIP(text)).toBe(0);
  });

  test('an address with a zone is none: it means something on one machine only', () => {
    expect(isIpAddress('fe80::1%eth0')).toBe(false);
  });

  test('agrees with node:net', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0125af:.'), maxLength: 24 });
    const colons = fc
      .array(fc.constantFrom('', '', '0', 'ab', '1234', '1.2.3.4'), { maxLength: 10 })
      .map((groups) => groups.join(':'));
    fc.assert(
      fc.property(fc.oneof(near, colons, fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(isIpAddress(text)).toBe(isIP(text) !== 0);
      }),
      { numRuns: 5000 },
    );
  });
});
