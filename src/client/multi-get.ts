/**
 * Many keys at once: grouped by owner, a line or a few to each node, put together in one Map.
 *
 * A batch keeps the routing it was grouped by; where a node leaves before it answered, the keys it
 * was asked for are asked again of their new owners, once.
 */
import { type Operation, Slot, type SlotOwner } from '../connection/slot.ts';
import { NodeRemovedError, ProtocolError } from '../errors.ts';
import type { Node } from '../node/node.ts';
import type { Command } from '../protocol/command.ts';
import { MAX_GET_LINE_BYTES } from '../protocol/limits.ts';
import type { Reply } from '../protocol/reply.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import type { Routing } from '../topology/fleet.ts';
import type { CallOptions } from './client-options.ts';
import { type Executor, requireRouting } from './executor.ts';
import type { Key, WireKey } from './key-encoder.ts';
import { readRefusal } from './server-reply.ts';

/** A key asked for, as the caller gave it and as it is sent. */
export interface AskedKey {
  readonly given: Key;
  readonly wire: WireKey;
}

/** What one request asks of one node, and how far its replies have come. */
interface Chunk {
  readonly keys: AskedKey[];
  readonly texts: string[];
  /** One key of any bytes, asked for by a request of its own: its reply carries no key. */
  readonly single: boolean;
  bytes: number;
  /** Replies come in the order of the keys, misses left out: the next one is at or after here. */
  cursor: number;
}

export type ValueOf = (slot: Slot, reply: ValueReply) => unknown;

export class MultiGet<T> implements SlotOwner {
  readonly #executor: Executor;
  readonly #operation: Operation;
  readonly #kind: 'getMany' | 'getsMany';
  readonly #options: CallOptions;
  readonly #found = new Map<Key, T>();
  readonly #resolve: (found: Map<Key, T>) => void;
  readonly #reject: (error: Error) => void;
  readonly #asked: readonly AskedKey[];
  #outstanding = 0;
  #sent = 0;
  #failed = false;

  private constructor(
    executor: Executor,
    kind: 'getMany' | 'getsMany',
    decode: ValueOf,
    options: CallOptions,
    keys: readonly AskedKey[],
    resolve: (found: Map<Key, T>) => void,
    reject: (error: Error) => void,
  ) {
    this.#executor = executor;
    this.#kind = kind;
    this.#options = options;
    this.#asked = keys;
    this.#operation = {
      name: kind,
      miss: undefined,
      read: (slot, reply, final) => this.#read(slot, reply, final, decode),
    };
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Gets keys, distinct ones; the Map has those that were found, under the keys as given. */
  static run<T>(
    executor: Executor,
    kind: 'getMany' | 'getsMany',
    keys: readonly AskedKey[],
    decode: ValueOf,
    options: CallOptions,
  ): Promise<Map<Key, T>> {
    return new Promise((resolve, reject) => {
      const batch = new MultiGet<T>(executor, kind, decode, options, keys, resolve, reject);
      // Held until all slots are out: one that fails at once must not settle the batch early.
      batch.#outstanding++;
      batch.#ask(requireRouting(executor.routing), keys, false);
      batch.#done();
    });
  }

  #ask(routing: Routing, keys: readonly AskedKey[], retried: boolean): void {
    const chunks = new Map<Node, Chunk[]>();
    for (const key of keys) {
      const node = routing.nodes[routing.locate(key.wire.routed)] as Node;
      let ofNode = chunks.get(node);
      if (ofNode === undefined) {
        ofNode = [];
        chunks.set(node, ofNode);
      }
      add(ofNode, key);
    }
    for (const [node, ofNode] of chunks) for (const chunk of ofNode) this.#send(node, chunk, retried);
  }

  #send(node: Node, chunk: Chunk, retried: boolean): void {
    this.#outstanding++;
    this.#sent++;
    const timeoutMs = this.#executor.timeoutOf(this.#options);
    const command = this.#commandOf(chunk);
    const slot = new Slot(command, this.#operation, this, undefined, timeoutMs, this.#done, this.#fail);
    slot.partial = chunk;
    slot.retried = retried;
    this.#executor.execute(node, slot, this.#options.signal);
  }

  #commandOf({ single, texts }: Chunk): Command {
    if (!single) return { kind: this.#kind, keys: texts };
    return { kind: this.#kind === 'getMany' ? 'get' : 'gets', key: texts[0] as string, base64: true };
  }

  #read(slot: Slot, reply: Reply, final: boolean, decode: ValueOf): void {
    switch (reply.kind) {
      case 'value': {
        const value = decode(slot, reply) as T | undefined;
        const key = this.#keyOf(slot.partial as Chunk, reply);
        if (value !== undefined) this.#found.set(key, value);
        if (final) slot.succeed(undefined);
        return;
      }
      case 'notFound':
      case 'end':
        slot.succeed(undefined);
        return;
      default:
        readRefusal(slot, reply);
        if (final) slot.succeed(undefined);
    }
  }

  #keyOf(chunk: Chunk, reply: ValueReply): Key {
    const { keys, single, texts } = chunk;
    if (single) return (keys[0] as AskedKey).given;
    for (let i = chunk.cursor; i < texts.length; i++) {
      if (reply.hasKey(texts[i] as string)) {
        chunk.cursor = i + 1;
        return (keys[i] as AskedKey).given;
      }
    }
    throw new ProtocolError('Server answered with a key that was not asked for');
  }

  slotUnsent(slot: Slot): void {
    this.#askAgain(slot, slot.retried);
  }

  slotFailed(slot: Slot, error: Error): void {
    if (error instanceof NodeRemovedError && !slot.retried) this.#askAgain(slot, true);
    else this.#executor.settleFailed(slot, error);
  }

  /** The topology is another by now: its keys may belong to several nodes. */
  #askAgain(slot: Slot, retried: boolean): void {
    const { routing } = this.#executor;
    if (routing !== undefined) this.#ask(routing, (slot.partial as Chunk).keys, retried);
    slot.succeed(undefined);
  }

  readonly #done = (): void => {
    this.#outstanding--;
    if (this.#outstanding === 0 && !this.#failed) this.#resolve(this.#inOrder());
  };

  /** In the order asked, whichever node was first to answer. */
  #inOrder(): Map<Key, T> {
    if (this.#sent === 1) return this.#found;
    const ordered = new Map<Key, T>();
    for (const { given } of this.#asked) {
      const value = this.#found.get(given);
      if (value !== undefined) ordered.set(given, value);
    }
    return ordered;
  }

  readonly #fail = (error: Error): void => {
    this.#failed = true;
    this.#reject(error);
  };
}

/** Adds a key to the last line, or starts another where it is full. */
function add(chunks: Chunk[], key: AskedKey): void {
  const { base64, text } = key.wire;
  let chunk = base64 ? undefined : chunks.findLast((each) => !each.single);
  if (chunk === undefined || chunk.bytes + text.length + 1 > MAX_GET_LINE_BYTES) {
    chunk = { keys: [], texts: [], single: base64, bytes: 0, cursor: 0 };
    chunks.push(chunk);
  }
  chunk.keys.push(key);
  chunk.texts.push(text);
  chunk.bytes += text.length + 1;
}
