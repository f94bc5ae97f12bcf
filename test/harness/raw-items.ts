/** What is really stored under a key, past all that a client makes of it. */
import { EventEmitter } from 'node:events';
import { Lifecycle } from '../../src/client/lifecycle.ts';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import type { Operation } from '../../src/connection/slot.ts';
import type { ClientOptions, Target } from '../../src/index.ts';

export interface RawItem {
  readonly flags: number;
  readonly data: Buffer;
}

const GET: Operation = {
  name: 'get',
  miss: undefined,
  read(slot, reply, final) {
    if (reply.kind === 'value') {
      const { buffer, end, flags, start } = reply;
      slot.partial = { flags, data: Buffer.from(buffer.subarray(start, end)) } satisfies RawItem;
    }
    if (final) slot.succeed(slot.partial);
  },
};

/** Whether it was done. */
const WRITE: Operation = {
  name: 'set',
  miss: false,
  read: (slot, reply) => slot.succeed(reply.kind === 'stored'),
};

export class RawItems {
  readonly #lifecycle: Lifecycle;

  constructor(target: Target, options: ClientOptions = {}) {
    const events = new EventEmitter();
    this.#lifecycle = new Lifecycle(resolveOptions(target, options), {
      announce: (event, ...args) => events.emit(`told of ${event}`, ...args),
      report: (error) => events.emit('told', error),
    });
    this.#lifecycle.start();
  }

  get(key: string): Promise<RawItem | undefined> {
    return this.#send({ kind: 'get', key, base64: false }, GET, key) as Promise<RawItem | undefined>;
  }

  set(key: string, { data, flags }: RawItem): Promise<boolean> {
    const fields = { flags, data, exptime: 0, casToken: undefined };
    const command = { kind: 'store', mode: 'set', key, base64: false, ...fields } as const;
    return this.#send(command, WRITE, key) as Promise<boolean>;
  }

  async delete(key: string): Promise<void> {
    await this.#send({ kind: 'delete', key, base64: false }, WRITE, key);
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  #send(
    command: Parameters<Lifecycle['executor']['send']>[0],
    operation: Operation,
    key: string,
  ): Promise<unknown> {
    return this.#lifecycle.executor.send(command, operation, key, key, undefined);
  }
}
