import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestWriter } from '../../src/protocol/index.ts';
import { requestBytes } from './request-bytes.ts';

describe('RequestWriter', () => {
  test('gives one string of text and small values', () => {
    const out = new RequestWriter();
    out.text += 'ms a 3\r\n';
    out.data('abc');
    out.text += 'ms b 3\r\n';
    out.data(Uint8Array.of(0, 0xff, 0x0a));
    expect(out.byteLength).toBe(26);
    expect(out.take()).toBe('ms a 3\r\nabc\r\nms b 3\r\n\0\xff\n\r\n');
  });

  test('gives nothing where nothing was collected', () => {
    expect(new RequestWriter().byteLength).toBe(0);
    expect(new RequestWriter().take()).toBe('');
  });

  test.each([
    [2047, false],
    [2048, true],
    [1_000_000, true],
  ])('writes %i bytes from where they are: %s', (length, own) => {
    const out = new RequestWriter();
    const data = new Uint8Array(length).fill(0x61);
    out.text += `ms k ${length}\r\n`;
    out.data(data);
    const taken = out.take();
    if (own) expect((taken as readonly unknown[])[1]).toBe(data);
    else expect(typeof taken).toBe('string');
    expect(requestBytes(taken)).toBe(`ms k ${length}\r\n${'a'.repeat(length)}\r\n`);
  });

  test('keeps a long string in the text', () => {
    const out = new RequestWriter();
    out.data('é'.repeat(50_000));
    expect(out.take()).toBe(`${'é'.repeat(50_000)}\r\n`);
  });

  test('takes the part of a buffer that a view shows', () => {
    const whole = Uint8Array.from({ length: 9000 }, (_, i) => i % 251);
    for (const [from, to] of [
      [3, 10],
      [100, 5000],
    ] as const) {
      const out = new RequestWriter();
      out.data(whole.subarray(from, to));
      expect(requestBytes(out.take())).toBe(`${Buffer.from(whole.slice(from, to)).toString('latin1')}\r\n`);
    }
  });

  test('keeps order, counts bytes, and starts anew after each take', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(2047, 2048, 2049, 5000).map((length) => new Uint8Array(length).fill(length)),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    const out = new RequestWriter();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-z]{0,20}$/), piece)), (pieces) => {
        let expected = '';
        for (const [text, data] of pieces) {
          out.text += text;
          out.data(data);
          expected += `${text}${typeof data === 'string' ? data : Buffer.from(data).toString('latin1')}\r\n`;
          expect(out.byteLength).toBe(expected.length);
        }
        expect(requestBytes(out.take())).toBe(expected);
        expect(out.byteLength).toBe(0);
        expect(out.take()).toBe('');
      }),
    );
  });
});
