/**
 * Many keys at once: grouped by owner, a line or a few to each node, put together in one Map in the
 * order of the keys.
 *
 * A batch keeps the routing it was grouped by; where a node leaves before it answered, the keys it
 * was asked for are asked again of their new owners, once. Those of a node that is down are asked of its
 * stand-ins, where there are some.
 */
import {
  type Operation,
  type ReplySource,
  Slot,
  type SlotOwner,
  type SlotRoute,
} from '../connection/slot.ts';
import { NodeRemovedError, ProtocolError } from '../errors.ts';
import type { Node } from '../node/node.ts';
import type { Command } from '../protocol/command.ts';
import { MAX_GET_LINE_BYTES } from '../protocol/limits.ts';
import type { Reply } from '../protocol/reply.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import type { Placement } from '../topology/stand-ins.ts';
import { onAbort } from './abort.ts';
import type { CallOptions } from './client-options.ts';
import { type Executor, orAbandon, requireRouting } from './executor.ts';
import type { Key, WireKeys } from './key-encoder.ts';
import { Later } from './later.ts';
import { readRefusal } from './server-reply.ts';

/** What one request asks of one node, and how far its replies have come. */
interface Chunk {
  readonly node: Node;
  readonly texts: string[];
  /** Which keys of the batch they are. */
  readonly indexes: number[];
  /** One key asked for by a request of its own: it is of any bytes, or was in doubt. Its reply carries no key. */
  readonly single: boolean;
  /** Which keys of the batch got a reply that may stand for no value. */
  doubtful: number[] | undefined;
  bytes: number;
  /** Replies come in the order of the keys, misses left out: the next one is at or after here. */
  cursor: number;
}

export type ValueOf = (slot: Slot, reply: ValueReply, from: ReplySource) => unknown;

/** The keys of a batch, as the caller gave them and as they are sent. */
export interface AskedKeys<K extends Key> {
  readonly given: readonly K[];
  readonly wire: WireKeys;
}

export class MultiGet<K extends Key, T> implements SlotOwner {
  readonly #executor: Executor;
  readonly #operation: Operation;
  readonly #kind: 'getMany' | 'getsMany';
  readonly #options: CallOptions;
  readonly #asked: AskedKeys<K>;
  readonly #values: (T | undefined)[];
  readonly #resolve: (found: Map<K, T>) => void;
  readonly #reject: (error: Error) => void;
  #outstanding = 0;
  #failed = false;

  private constructor(
    executor: Executor,
    kind: 'getMany' | 'getsMany',
    asked: AskedKeys<K>,
    decode: ValueOf,
    options: CallOptions,
    resolve: (found: Map<K, T>) => void,
    reject: (error: Error) => void,
  ) {
    this.#executor = executor;
    this.#kind = kind;
    this.#options = options;
    this.#asked = asked;
    this.#values = new Array<T | undefined>(asked.given.length).fill(undefined);
    this.#operation = {
      name: kind,
      miss: undefined,
      read: (slot, reply, final, from) => this.#read(slot, reply, final, from, decode),
    };
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Gets keys; the Map has those that were found, under the keys as given. */
  static run<K extends Key, T>(
    executor: Executor,
    kind: 'getMany' | 'getsMany',
    asked: AskedKeys<K>,
    decode: ValueOf,
    options: CallOptions,
  ): Promise<Map<K, T>> {
    return new Promise((resolve, reject) => {
      const batch = new MultiGet<K, T>(executor, kind, asked, decode, options, resolve, reject);
      // Held until all slots are out: one that fails at once must not settle the batch early.
      batch.#outstanding++;
      batch.#ask(requireRouting(executor.routing), undefined, 'first', executor.timeoutOf(options));
      batch.#done();
    });
  }

  /** @param asked which keys of the batch; undefined for all. */
  #ask(
    { nodes, locate }: Placement,
    asked: readonly number[] | undefined,
    route: SlotRoute,
    timeoutMs: number,
  ): void {
    const { base64, routed, texts } = this.#asked.wire;
    const chunks: Chunk[] = [];
    /** The line being filled for each node. */
    const lines: (Chunk | undefined)[] = new Array(nodes.length);
    const count = asked === undefined ? texts.length : asked.length;
    for (let i = 0; i < count; i++) {
      const index = asked === undefined ? i : (asked[i] as number);
      const text = texts[index] as string;
      const single = base64 !== undefined && (base64[index] as boolean);
      const owner = locate(routed[index] as string);
      let chunk = single ? undefined : lines[owner];
      if (chunk === undefined || chunk.bytes + text.length + 1 > MAX_GET_LINE_BYTES) {
        chunk = chunkTo(nodes[owner] as Node, single);
        chunks.push(chunk);
        if (!single) lines[owner] = chunk;
      }
      chunk.texts.push(text);
      chunk.indexes.push(index);
      chunk.bytes += text.length + 1;
    }
    for (const chunk of chunks) this.#send(chunk, route, timeoutMs);
  }

  #send(chunk: Chunk, route: SlotRoute, timeoutMs: number): void {
    this.#outstanding++;
    const command = this.#commandOf(chunk);
    const slot = new Slot(command, this.#operation, this, undefined, timeoutMs, this.#done, this.#fail);
    slot.partial = chunk;
    slot.route = route;
    this.#executor.execute(chunk.node, slot, this.#options.signal);
  }

  #commandOf({ indexes, single, texts }: Chunk): Command {
    if (!single) return { kind: this.#kind, keys: texts };
    const base64 = this.#asked.wire.base64?.[indexes[0] as number] ?? false;
    return { kind: this.#kind === 'getMany' ? 'get' : 'gets', key: texts[0] as string, base64 };
  }

  #read(slot: Slot, reply: Reply, final: boolean, from: ReplySource, decode: ValueOf): void {
    switch (reply.kind) {
      case 'value': {
        const chunk = slot.partial as Chunk;
        const index = indexOf(chunk, reply);
        if (reply.end === reply.start && this.#isDoubtful(chunk, reply)) {
          chunk.doubtful ??= [];
          chunk.doubtful.push(index);
        } else this.#take(index, decode(slot, reply, from));
        if (final) slot.succeed(undefined);
        return;
      }
      case 'notFound':
      case 'end':
        this.#askSingly(slot);
        slot.succeed(undefined);
        return;
      default:
        readRefusal(slot, reply, from);
        if (final) slot.succeed(undefined);
    }
  }

  #take(index: number, value: unknown): void {
    if (value instanceof Later) this.#await(index, value);
    else this.#values[index] = value as T | undefined;
  }

  #await(index: number, { result }: Later): void {
    const { signal } = this.#options;
    const forget = signal && onAbort(signal, () => this.#fail(signal.reason));
    this.#outstanding++;
    const settled = (value: unknown): void => {
      forget?.();
      this.#values[index] = value as T | undefined;
      this.#done();
    };
    result.then(settled, (error) => {
      if (this.#executor.silences(error)) settled(undefined);
      else this.#fail(error);
    });
  }

  /** An empty item may be the lease of a value that is not there yet: a `get` line does not tell, `mg` does. */
  #isDoubtful({ node, single }: Chunk, { flags }: ValueReply): boolean {
    return this.#kind === 'getMany' && !single && flags === 0 && node.dialect === 'meta';
  }

  #askSingly(slot: Slot): void {
    const { doubtful, node } = slot.partial as Chunk;
    if (doubtful === undefined) return;
    const restMs = slot.restMs(performance.now());
    for (const index of doubtful) {
      const chunk = chunkTo(node, true);
      chunk.texts.push(this.#asked.wire.texts[index] as string);
      chunk.indexes.push(index);
      this.#send(chunk, slot.route, restMs);
    }
  }

  slotUnsent(slot: Slot): void {
    this.#askAgain(slot, this.#executor.routing, slot.route === 'standIn' ? 'again' : slot.route);
  }

  slotRefused(slot: Slot, error: Error): void {
    const mayBeDiverted = slot.route !== 'standIn' && this.#kind === 'getMany';
    const standIns = mayBeDiverted ? this.#executor.standInsFor((slot.partial as Chunk).node) : undefined;
    if (standIns === undefined) this.#executor.settleFailed(slot, error);
    else this.#askAgain(slot, standIns, 'standIn');
  }

  slotFailed(slot: Slot, error: Error): void {
    if (slot.route === 'first') {
      if (error instanceof NodeRemovedError) {
        this.#askAgain(slot, this.#executor.routing, 'again');
        return;
      }
      if (this.#executor.repeats(slot.command, error)) {
        // After the node has heard of it too: it may be down now.
        process.nextTick(() => this.#askAgain(slot, this.#executor.routing, 'again'));
        return;
      }
    }
    this.#executor.settleFailed(slot, error);
  }

  /** Asks others for what a slot still lacks: its keys may belong to several nodes by now. */
  #askAgain(slot: Slot, placement: Placement | undefined, route: SlotRoute): void {
    if (slot.settled) return;
    const { cursor, doubtful = [], indexes } = slot.partial as Chunk;
    orAbandon(slot, () => {
      if (placement !== undefined && !this.#failed) {
        const lacking = [...doubtful, ...indexes.slice(cursor)];
        this.#ask(placement, lacking, route, slot.restMs(performance.now()));
      }
      slot.succeed(undefined);
    });
  }

  readonly #done = (): void => {
    this.#outstanding--;
    if (this.#outstanding === 0 && !this.#failed) this.#resolve(this.#found());
  };

  readonly #fail = (error: Error): void => {
    this.#failed = true;
    this.#reject(error);
  };

  #found(): Map<K, T> {
    const { given } = this.#asked;
    const found = new Map<K, T>();
    for (let i = 0; i < given.length; i++) {
      const value = this.#values[i];
      if (value !== undefined) found.set(given[i] as K, value);
    }
    return found;
  }
}

function chunkTo(node: Node, single: boolean): Chunk {
  return { node, texts: [], indexes: [], single, doubtful: undefined, bytes: 0, cursor: 0 };
}

/** Which key of the batch a reply is to. */
function indexOf(chunk: Chunk, reply: ValueReply): number {
  const { indexes, single, texts } = chunk;
  if (single) return indexes[0] as number;
  for (let i = chunk.cursor; i < texts.length; i++) {
    if (reply.hasKey(texts[i] as string)) {
      chunk.cursor = i + 1;
      return indexes[i] as number;
    }
  }
  throw new ProtocolError('Server answered with a key that was not asked for');
}
