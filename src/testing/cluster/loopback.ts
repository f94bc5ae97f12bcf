import type { AddressInfo, Server } from 'node:net';
import { listen } from '../embedded/server.ts';

const PLAIN_LOOPBACK = '127.0.0.1';

/** Errors of a system that has 127.0.0.1 alone, as macOS has, or where that address is taken. */
const TRY_ELSEWHERE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EINVAL', 'EADDRINUSE']);

/** Hands out loopback addresses, a new one each time: Linux answers on all of 127.0.0.0/8. */
export class LoopbackAddresses {
  // At random, so that clusters of processes running at once seldom meet.
  readonly #prefix = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
  #last = 0;

  /**
   * Makes the server listen on an address not given before, and tells which. Port 0 is any free one.
   * Where the system has no other address it is 127.0.0.1.
   */
  async listen(server: Server, port: number): Promise<{ readonly ip: string; readonly port: number }> {
    this.#last += 1;
    const ip = `${this.#prefix}.${this.#last}`;
    try {
      await listen(server, ip, port);
      return { ip, port: (server.address() as AddressInfo).port };
    } catch (error) {
      if (!TRY_ELSEWHERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await listen(server, PLAIN_LOOPBACK, port);
      return { ip: PLAIN_LOOPBACK, port: (server.address() as AddressInfo).port };
    }
  }
}
