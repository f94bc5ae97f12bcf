import { describe, expect, test } from 'vitest';
import { InvalidCacheConfigError } from '../../src/errors.ts';
import { parseEndpoint, type ServerSpec } from '../../src/node/endpoint.ts';

describe('an endpoint', () => {
  test.each<readonly [string | ServerSpec, object]>([
    ['host', { id: 'host:11211', host: 'host', port: 11211, weight: 1, path: undefined }],
    ['host:1', { id: 'host:1', port: 1 }],
    [' host:11212 ', { id: 'host:11212' }],
    ['host:11211:3', { id: 'host:11211', weight: 3 }],
    ['10.0.0.1:65535', { id: '10.0.0.1:65535' }],
    ['[::1]:11211', { id: '[::1]:11211', host: '::1' }],
    ['[2001:db8::1]', { id: '[2001:db8::1]:11211' }],
    ['0001.c.use1.cache.amazonaws.com:11211', { host: '0001.c.use1.cache.amazonaws.com' }],
    ['unix:/run/m.sock', { id: 'unix:/run/m.sock', path: '/run/m.sock', port: 0 }],
    ['/run/m.sock', { id: 'unix:/run/m.sock', path: '/run/m.sock' }],
    [{ host: 'h' }, { id: 'h:11211', weight: 1 }],
    [
      { host: '::1', port: 2, weight: 5 },
      { id: '[::1]:2', weight: 5 },
    ],
  ])('%o', (server, expected) => {
    expect(parseEndpoint(server, 'servers')).toMatchObject(expected);
  });

  test.each<string | ServerSpec>([
    '',
    ':11211',
    'host:',
    'host:0',
    'host:65536',
    'host:x',
    'host:1:0',
    'host:1:2:3',
    '::1',
    '::1:11211',
    '[::1',
    'a b:1',
    'http://host:1',
    'unix:',
    { host: '' },
    { host: 'h', port: 1.5 },
    { host: 'h', weight: 0 },
    { host: 'h', weight: 1.5 },
    { host: 1 as unknown as string },
    { host: '[::1]' },
    null as unknown as string,
    undefined as unknown as string,
    11211 as unknown as string,
  ])('%o is none', (server) => {
    expect(() => parseEndpoint(server, 'servers')).toThrow(InvalidCacheConfigError);
    expect(() => parseEndpoint(server, 'servers')).toThrow(/^servers/);
  });

  test('an IPv6 address without brackets is told about them', () => {
    expect(() => parseEndpoint('::1:11211', 'servers')).toThrow(/brackets/);
  });

  test('what may be a password is not repeated', () => {
    for (const server of ['user:hunter2@host:11211', 'hunter2@host', 'a:hunter2@b@c:1']) {
      expect(() => parseEndpoint(server, 'servers')).toThrow(/^(?!.*hunter2)/);
    }
  });
});
