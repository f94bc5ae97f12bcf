import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MemfleetError, type MemfleetErrorDetails, ServerError, TimeoutError } from '../src/errors.ts';
import * as memfleet from '../src/index.ts';

type ErrorClass = new (message: string, details?: MemfleetErrorDetails) => MemfleetError;

/** Those that are made of a message and details. */
const plain = Object.entries<unknown>(memfleet).filter(
  ([name, each]) =>
    typeof each === 'function' &&
    each.prototype instanceof MemfleetError &&
    name !== 'TimeoutError' &&
    name !== 'ServerError',
) as [string, ErrorClass][];

describe('errors', () => {
  test('are all exported', () => {
    expect(plain.length).toBeGreaterThanOrEqual(15);
  });

  test.each(plain)('%s has a code, a name and details', (name, Class) => {
    const cause = new Error('why');
    const error = new Class('what', { cause, node: 'h:1', operation: 'get', key: 'secret' });
    expect(error).toBeInstanceOf(MemfleetError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name,
      message: 'what',
      cause,
      node: 'h:1',
      operation: 'get',
      key: 'secret',
    });
    const code = name
      .replace(/Error$/, '')
      .replaceAll(/(?<=[a-z])[A-Z]/g, '_$&')
      .toUpperCase();
    expect(error.code).toBe(`ERR_MEMFLEET_${code}`);
    expect(Object.keys(error)).not.toContain('key');
    expect(JSON.stringify(error) + inspect(error)).not.toContain('secret');
  });

  test('keep their name where a bundler renamed their class', () => {
    const e = class extends memfleet.ValueTooLargeError {};
    expect(new e('what').name).toBe('ValueTooLargeError');
    expect(String(new MemfleetError('what'))).toBe('MemfleetError: what');
    expect(new memfleet.TlsError('what').stack).toMatch(/^TlsError: what\n/);
  });

  test('without details have none', () => {
    const error = new memfleet.ConnectionError('what');
    expect('cause' in error).toBe(false);
    expect(error.node).toBeUndefined();
    expect('key' in error).toBe(false);
  });

  test('that concern many commands keep their class, message and cause for each', () => {
    const cause = new Error('ECONNRESET');
    const shared = new memfleet.ConnectionError('broke', { cause, node: 'h:1' });
    const one = shared.concerning({ operation: 'get', key: 'k' });
    expect(one).toBeInstanceOf(memfleet.ConnectionError);
    expect(one).toMatchObject({ message: 'broke', cause, node: 'h:1', operation: 'get', key: 'k' });
    expect(one).not.toBe(shared);
    expect(new TimeoutError('connect', 5, { node: 'h:1' }).concerning({ operation: 'set' })).toMatchObject({
      phase: 'connect',
      timeoutMs: 5,
      node: 'h:1',
      operation: 'set',
      message: 'No reply within 5 ms (connect)',
    });
    expect(new ServerError('SERVER_ERROR', 'out of memory').concerning({ operation: 'set' })).toMatchObject({
      status: 'SERVER_ERROR',
      message: 'Server replied SERVER_ERROR: out of memory',
      operation: 'set',
    });
  });
});
