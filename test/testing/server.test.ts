import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/testing/index.ts';
import { Wire } from './wire.ts';

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

describe('startServer', () => {
  test('listens on a free port of 127.0.0.1', async () => {
    await using server = await startServer();
    expect(server).toMatchObject({ host: '127.0.0.1', endpoint: `127.0.0.1:${server.port}` });
    await using wire = await Wire.open(server.endpoint);
    expect(await wire.ask('version\r\n')).toBe('VERSION 1.6.18\r\n');
  });

  test('writes an IPv6 endpoint in brackets', async () => {
    await using server = await startServer({ host: '::1' });
    expect(server.endpoint).toBe(`[::1]:${server.port}`);
  });

  test('rejects where it cannot listen', async () => {
    await using server = await startServer();
    await expect(startServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('close ends connections, frees the port and may be called again', async () => {
    const server = await startServer();
    await using wire = await Wire.open(server.endpoint);
    await Promise.all([server.close(), server.close()]);
    expect(await wire.untilEnd()).toBe('');
    const next = createServer();
    await new Promise<void>((resolve, reject) => {
      next.once('error', reject);
      next.listen(server.port, server.host, resolve);
    });
    next.close();
  });

  test('keeps several connections apart and their items together', async () => {
    await using server = await startServer();
    await using one = await Wire.open(server.endpoint);
    await using two = await Wire.open(server.endpoint);
    one.send('set a 0 0 4\r\nab');
    expect(await two.ask('get a\r\n')).toBe('END\r\n');
    expect(await one.ask('cd\r\n')).toBe('STORED\r\n');
    expect(await two.ask('get a\r\n', 'END\r\n')).toBe('VALUE a 0 4\r\nabcd\r\nEND\r\n');
    one.send('quit\r\n');
    expect(await one.untilEnd()).toBe('');
    expect(await two.ask('mn\r\n')).toBe('MN\r\n');
  });

  test('survives a client that resets its connection', async () => {
    await using server = await startServer();
    const wire = await Wire.open(server.endpoint);
    wire.socket.resetAndDestroy();
    await expect.poll(() => server.stats().curr_connections).toBe('0');
    await using next = await Wire.open(server.endpoint);
    expect(await next.ask('mn\r\n')).toBe('MN\r\n');
  });

  test('counts', async () => {
    await using server = await startServer({ maxBytes: 1_000_000 });
    await using wire = await Wire.open(server.endpoint);
    await wire.ask('set a 0 0 1\r\n1\r\n');
    await wire.ask('get a b\r\n', 'END\r\n');
    await wire.ask('incr a 1\r\n');
    expect(server.stats()).toMatchObject({
      curr_connections: '1',
      cmd_get: '2',
      get_hits: '1',
      get_misses: '1',
      cmd_set: '1',
      incr_hits: '1',
      curr_items: '1',
      limit_maxbytes: '1000000',
      version: '1.6.18',
    });
    expect(await wire.ask('stats\r\n', 'END\r\n')).toContain('STAT get_hits 1\r\n');
    expect(await wire.ask('stats items\r\n', 'END\r\n')).toContain('STAT items:1:number 1\r\n');
    expect(await wire.ask('stats slabs\r\n', 'END\r\n')).toContain('STAT 1:chunk_size 96\r\n');
    expect(await wire.ask('stats settings\r\n', 'END\r\n')).toContain('STAT item_size_max 1048576\r\n');
    expect(await wire.ask('stats reset\r\n')).toBe('RESET\r\n');
    expect(server.stats()).toMatchObject({
      get_hits: '0',
      total_items: '0',
      curr_items: '1',
      curr_connections: '1',
    });
  });

  test('a slow reader does not hold up the others, and gets everything', async () => {
    await using server = await startServer();
    await using wire = await Wire.open(server.endpoint);
    const value = 'v'.repeat(500_000);
    await wire.ask(`set a 0 0 ${value.length}\r\n${value}\r\n`);
    wire.socket.pause();
    wire.send('get a\r\n'.repeat(40));
    await using other = await Wire.open(server.endpoint);
    expect(await other.ask('mn\r\n')).toBe('MN\r\n');
    wire.socket.resume();
    for (let i = 0; i < 40; i += 1) {
      expect((await wire.until('\r\nEND\r\n')).length).toBe(value.length + 25);
    }
  });

  test('ends a connection that sends a line without end', async () => {
    await using server = await startServer();
    await using wire = await Wire.open(server.endpoint);
    expect(await wire.ask('mn\r\n')).toBe('MN\r\n');
    wire.send('x'.repeat(2049));
    expect(await wire.untilEnd()).toBe('');
  });
});

describe('version', () => {
  test.each([
    ['1.4.34', 'ERROR\r\n', 'ERROR\r\n'],
    ['1.5.16', 'ERROR\r\n', 'ERROR\r\n'],
    ['1.6.6', 'MN\r\n', 'OK\r\n'],
    ['1.6.22', 'MN\r\n', 'HD\r\n'],
    ['2.0.0', 'MN\r\n', 'HD\r\n'],
  ])('%s says its name and knows the meta commands it has', async (version, noop, stored) => {
    await using server = await startServer({ version });
    await using wire = await Wire.open(server.endpoint);
    expect(await wire.ask('version\r\n')).toBe(`VERSION ${version}\r\n`);
    expect(await wire.ask('mn\r\n')).toBe(noop);
    expect(await wire.ask('set a 0 0 1\r\n1\r\n')).toBe('STORED\r\n');
    expect(await wire.ask('md a\r\n')).toBe(stored);
  });
});

describe('limits', () => {
  test('maxValueBytes refuses what does not fit, and drops what a set would have replaced', async () => {
    await using server = await startServer({ maxValueBytes: 1000 });
    await using wire = await Wire.open(server.endpoint);
    const tooLarge = 'SERVER_ERROR object too large for cache\r\n';
    for (const command of ['set a 0 0 1000', 'ms a 1000']) {
      expect(await wire.ask(`set a 0 0 900\r\n${'x'.repeat(900)}\r\n`)).toBe('STORED\r\n');
      expect(await wire.ask(`${command}\r\n${'x'.repeat(1000)}\r\n`)).toBe(tooLarge);
      expect(await wire.ask('get a\r\n')).toBe('END\r\n');
    }
    expect(await wire.ask(`set a 0 0 900\r\n${'x'.repeat(900)}\r\n`)).toBe('STORED\r\n');
    expect(await wire.ask(`append a 0 0 1000\r\n${'x'.repeat(1000)}\r\n`)).toBe(tooLarge);
    expect(await wire.ask(`append a 0 0 100\r\n${'x'.repeat(100)}\r\n`)).toBe('NOT_STORED\r\n');
    expect(await wire.ask('mg a s\r\n')).toBe('HD s900\r\n');
    expect(server.stats().store_too_large).toBe('3');
  });

  test('maxBytes evicts what was used longest ago', async () => {
    await using server = await startServer({ maxBytes: 5000 });
    await using wire = await Wire.open(server.endpoint);
    const value = 'x'.repeat(1000);
    for (const key of ['a', 'b', 'c', 'd']) await wire.ask(`set ${key} 0 0 1000\r\n${value}\r\n`);
    expect(await wire.ask('mg a\r\n')).toBe('HD\r\n');
    await wire.ask(`set e 0 0 1000\r\n${value}\r\n`);
    const found: string[] = [];
    for (const key of ['a', 'b', 'c', 'd', 'e'])
      if ((await wire.ask(`mg ${key} u\r\n`)) === 'HD\r\n') found.push(key);
    expect(found).toEqual(['a', 'c', 'd', 'e']);
    expect(server.stats().evictions).toBe('1');
  });
});

describe('auth', () => {
  test('refuses everything until the right name and password came', async () => {
    await using server = await startServer({ auth: { username: 'user', password: 'pass' } });
    await using wire = await Wire.open(server.endpoint);
    const refused = 'CLIENT_ERROR unauthenticated\r\n';
    for (const line of ['get a', 'version', 'mn', 'set a', 'set a 0 0 x', '']) {
      expect(await wire.ask(`${line}\r\n`), line).toBe(refused);
    }
    expect(await wire.ask('set a 0 0 4\r\nuser\r\n')).toBe(
      'CLIENT_ERROR bad authentication token format\r\n',
    );
    expect(await wire.ask('set a 0 0 9\r\nuser passXX')).toBe(
      'CLIENT_ERROR bad command line termination\r\n',
    );
    expect(await wire.ask('set a 0 0 9\r\nuser word\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await wire.ask('set a 0 0 9\r\nuser pass\r\nversion\r\n')).toBe('STORED\r\n');
    expect(await wire.until('\r\n')).toBe('VERSION 1.6.18\r\n');
    expect(await wire.ask('get a\r\n')).toBe('END\r\n');
    expect(server.stats()).toMatchObject({ auth_cmds: '2', auth_errors: '1' });
    await using other = await Wire.open(server.endpoint);
    expect(await other.ask('get a\r\n')).toBe(refused);
  });
});

describe('tls', () => {
  test('close does not wait for a client that never shakes hands', async () => {
    const server = await startServer({ tls: { cert: pem('cert'), key: pem('key') } });
    await using silent = await Wire.open(server.endpoint);
    await server.close();
    expect(await silent.untilEnd()).toBe('');
  });

  test('serves with the certificate given, and not without', async () => {
    await using server = await startServer({ tls: { cert: pem('cert'), key: pem('key') } });
    await using wire = await Wire.open(server.endpoint, { ca: pem('ca'), servername: 'localhost' });
    expect(await wire.ask('set a 0 0 1\r\n1\r\n')).toBe('STORED\r\n');
    await using plain = await Wire.open(server.endpoint);
    plain.send('get a\r\n');
    expect(await plain.untilEnd()).not.toContain('END');
    await expect(Wire.open(server.endpoint, { servername: 'localhost' })).rejects.toThrow(/certificate/);
  });
});
