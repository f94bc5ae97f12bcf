/**
 * The verbs that have to know whether what is stored under a key is the value: for clients that compress
 * values or split them. All others send these verbs as they are.
 */
import type { Codec } from '../codec/codec.ts';
import type { Operation } from '../connection/slot.ts';
import { DecodeError, InvalidValueError } from '../errors.ts';
import type { CommandData } from '../protocol/command.ts';
import { EXPTIME_NEVER } from '../protocol/exptime.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import type { Chunks } from './chunks.ts';
import type { CallOptions } from './client-options.ts';
import { ENVELOPE_FLAGS } from './envelope.ts';
import type { Executor } from './executor.ts';
import type { Key, WireKey } from './key-encoder.ts';
import { type Manifest, readManifest, SPLIT_FLAGS } from './manifest.ts';
import { checkOwnKey, type Operations } from './operations.ts';
import type { Rest } from './sequencer.ts';
import { readRefusal } from './server-reply.ts';
import { isWrapped, mayBeVacant } from './values.ts';

/** What is stored under a key. */
interface Head {
  readonly flags: number;
  /** Where it is one that can be read. */
  readonly manifest?: Manifest | undefined;
}

/** Undefined where nothing is there, or null for a failure that is a miss. */
type Looked = Head | undefined | null;

export interface HeadsOptions {
  readonly chunks: Chunks;
  readonly codec: Codec;
  /** Above which a split value is not taken. */
  readonly maxBytes: number;
  readonly splits: boolean;
}

export class Heads {
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #options: HeadsOptions;
  readonly #look: Operation;

  constructor(executor: Executor, operations: Operations, options: HeadsOptions) {
    this.#executor = executor;
    this.#operations = operations;
    this.#options = options;
    this.#look = looking(options.maxBytes);
  }

  /** Whether values are split; else only `attach` differs. */
  get splits(): boolean {
    return this.#options.splits;
  }

  /** Whether something was deleted; its chunks go with it, if it has some. */
  async delete(key: Key, wire: WireKey, options: CallOptions | undefined): Promise<boolean> {
    const { base64, routed, text } = wire;
    const command = { kind: 'delete', key: text, base64 } as const;
    // In one go: a deletion must not wait, or not happen, for what it is to remove besides.
    const [head, deleted] = await Promise.allSettled([
      this.#head(key, wire, options),
      this.#executor.send(command, this.#operations.delete, key, routed, options),
    ]);
    if (head.status === 'fulfilled' && head.value?.manifest !== undefined) {
      this.#options.chunks.remove(head.value.manifest);
    }
    if (deleted.status === 'rejected') throw deleted.reason;
    return deleted.value as boolean;
  }

  /**
   * Touches a value, and its chunks if it has some; whether all of it was there, or undefined where that is not
   * known yet.
   */
  touch(
    key: Key,
    { base64, routed, text }: WireKey,
    exptime: number,
    options: CallOptions | undefined,
  ): Promise<boolean | undefined> {
    const operation = this.#operations.touch;
    const touch = async (rest: Rest, before: Promise<unknown>): Promise<boolean | undefined> => {
      await before;
      const [get, command] = [
        { kind: 'get', key: text, base64 },
        { kind: 'touch', key: text, base64, exptime },
      ] as const;
      const [head, touched] = (await Promise.all([
        this.#executor.sendInTurn(get, this.#look, key, routed, rest()),
        this.#executor.sendInTurn(command, operation, key, routed, rest()),
      ])) as [Looked, boolean | undefined];
      if (head === null) return false;
      if (touched === false || head?.manifest === undefined) return touched;
      const whole = await this.#options.chunks.touch(head.manifest, exptime, rest);
      // In the envelope is when its ttl is over.
      return touched === undefined && mayBeVacant(head.manifest.flags, this.#options.codec)
        ? undefined
        : whole;
    };
    const call = { name: operation.name, miss: operation.miss, key };
    return this.#executor.inTurn(routed, call, options, touch, async (touched) => touched);
  }

  /** Attaches bytes to a value that is stored as it is. To any other they would be the end. */
  attach(
    mode: 'append' | 'prepend',
    key: Key,
    { base64, routed, text }: WireKey,
    data: CommandData,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const call = { name: mode, miss: false, key };
    const look = async (rest: Rest, before: Promise<unknown>): Promise<Looked> => {
      await before;
      const command = { kind: 'inspect', key: text, base64 } as const;
      const looked = this.#executor.sendInTurn(command, this.#look, key, routed, rest());
      const head = (await looked) as Looked;
      const { flags } = head ?? { flags: ENVELOPE_FLAGS };
      // The value of an envelope is the end of it.
      if (flags === ENVELOPE_FLAGS || !isWrapped(flags, this.#options.codec)) return head;
      const message = `The value is compressed or split, and takes no ${mode}`;
      throw new InvalidValueError(message, { operation: mode, key });
    };
    return this.#executor.inTurn(routed, call, options, look, async (head, rest) => {
      if (head === null) return false;
      const fields = { flags: 0, exptime: EXPTIME_NEVER, data, casToken: undefined };
      const command = { kind: 'store', mode, key: text, base64, ...fields } as const;
      return this.#executor.sendInTurn(command, this.#operations[mode], key, routed, rest());
    });
  }

  #head(key: Key, { base64, routed, text }: WireKey, options: CallOptions | undefined): Promise<Looked> {
    const command = { kind: 'get', key: text, base64 } as const;
    return this.#executor.send(command, this.#look, key, routed, options) as Promise<Looked>;
  }
}

/** Reads what is stored, and not what it means. */
function looking(maxBytes: number): Operation {
  return {
    name: 'get',
    miss: null,
    read(slot, reply, final, from) {
      switch (reply.kind) {
        case 'head':
          slot.succeed({ flags: reply.flags } satisfies Head);
          return;
        case 'value':
          checkOwnKey(slot, reply);
          slot.partial = { flags: reply.flags, manifest: manifestIn(reply, maxBytes) } satisfies Head;
          if (final) slot.succeed(slot.partial);
          return;
        case 'oversize':
          if (final) slot.succeed(undefined);
          return;
        case 'notFound':
        case 'end':
          slot.succeed(slot.partial);
          return;
        default:
          readRefusal(slot, reply, from);
      }
    },
  };
}

/** One that is broken has no chunks that could be found. */
function manifestIn({ buffer, end, flags, start }: ValueReply, maxBytes: number): Manifest | undefined {
  if (flags !== SPLIT_FLAGS) return undefined;
  try {
    return readManifest(buffer, start, end, maxBytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
