import { type AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { LoopbackAddresses } from '../../src/testing/cluster/loopback.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server on a system that has no other loopback address than 127.0.0.1. */
class ServerOfOneAddress extends Server {
  override listen(...args: unknown[]): this {
    const [, host] = args;
    if (host === '127.0.0.1') return super.listen(...(args as [number, string, () => void]));
    const error = Object.assign(new Error('listen EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
    process.nextTick(() => this.emit('error', error));
    return this;
  }
}

function create(kind: new () => Server): Server {
  const server = new kind();
  servers.push(server);
  return server;
}

describe('loopback addresses', () => {
  test('differ from one another, on one port too', async () => {
    const addresses = new LoopbackAddresses();
    const one = await addresses.listen(create(Server), 0);
    const two = await addresses.listen(create(Server), one.port);
    expect(two.port).toBe(one.port);
    if (process.platform === 'linux') expect(two.ip).not.toBe(one.ip);
    expect(one.ip).toMatch(/^127\./);
  });

  test('are 127.0.0.1 where there is no other', async () => {
    const server = create(ServerOfOneAddress);
    const { ip, port } = await new LoopbackAddresses().listen(server, 0);
    expect(server.address() as AddressInfo).toMatchObject({ address: ip, port });
    expect(ip).toBe('127.0.0.1');
  });

  test('do not hide other errors', async () => {
    await expect(new LoopbackAddresses().listen(create(Server), 70_000)).rejects.toThrow(RangeError);
  });
});
