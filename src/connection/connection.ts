/**
 * One stream to one memcached process, used once: after it closes, another is made, so that nothing
 * of it (bytes, slots, timers) can reach its successor.
 *
 * ```
 * connecting ──► handshake ──► ready ──► draining ──► closed
 *      └──────────────┴──────────┴───────────────────────▲
 * ```
 *
 * Commands of one tick leave in one write; replies are matched to slots in order.
 */
import type { Socket } from 'node:net';
// Not the global: a test of the caller's own that fakes timers must not stop its I/O.
import { setImmediate } from 'node:timers';
import { PatientTimer } from '../common/patient-timer.ts';
import {
  BackpressureError,
  ConnectionError,
  InvalidKeyError,
  type MemfleetError,
  TimeoutError,
} from '../errors.ts';
import { classicProtocol } from '../protocol/classic.ts';
import type { Command } from '../protocol/command.ts';
import type { Reply } from '../protocol/reply.ts';
import type { ReplyReader, WireProtocol } from '../protocol/wire-protocol.ts';
import type { ConnectionCounters } from './connection-counters.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { handshake, replyReader } from './dialect.ts';
import { expireSlots, overdueAt } from './expiry.ts';
import type { Handshake } from './handshake.ts';
import type { ReplySource, Slot } from './slot.ts';
import { SlotQueue } from './slot-queue.ts';
import { openSocket, readyEvent } from './socket.ts';
import {
  closedByServer,
  inFlightError,
  type Stage,
  silence,
  socketError,
  unreadable,
  unsolicited,
} from './socket-error.ts';
import { SocketWriter } from './socket-writer.ts';

/** Whoever opened the connection: told of its turns, each once. */
export interface ConnectionOwner {
  /** The handshake succeeded: a memcached is there. */
  connectionReady(connection: Connection): void;
  /** Commands that had been sent got no reply in time. */
  connectionTimedOut(connection: Connection): void;
  /** A command that it took got no reply, by its deadline or the connection's end: it may have been done or not. */
  commandUnanswered(connection: Connection, command: Command): void;
  /** It is closed; `unsent` are slots whose commands were not written, to be sent elsewhere or failed. */
  connectionClosed(connection: Connection, error: MemfleetError | undefined, unsent: Slot[]): void;
}

export type ConnectionState = 'connecting' | 'handshake' | 'ready' | 'draining' | 'closed';

/**
 * Read buffer of a connection. Not larger: the callers of one read's replies send their next commands
 * before the next read, and the server works on those meanwhile (`bench` multi-get and get at 1,024).
 */
const READ_BUFFER_BYTES = 16_384;
/** Above this much left of a value, it is read into its own buffer rather than through the read buffer. */
const DIRECT_READ_BYTES = 16_384;
/** With this much queued, commands are written before the tick is over. */
const EARLY_FLUSH_BYTES = 65_536;
/** Timers may fire a little early, by the resolution of the event loop's clock. */
const TIMER_SLACK_MS = 5;

export class Connection implements ReplySource {
  readonly counters: ConnectionCounters;
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #parser: ReplyReader;
  readonly #writer: SocketWriter;
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly #queued = new SlotQueue();
  readonly #inFlight = new SlotQueue();
  readonly #deadlines: DeadlineTimer;
  #handshake: Handshake | undefined;
  readonly #connectTimer: PatientTimer;
  #state: ConnectionState = 'connecting';
  #protocol: WireProtocol = classicProtocol;
  #version = '';
  #queuedBytes = 0;
  /** Monotonic time, taken once a tick: see enqueue. */
  #now = performance.now();
  /** When something last came from the server. */
  #readAt = this.#now;
  #flushScheduled = false;
  #wasReady = false;
  #closing: MemfleetError | undefined;
  /** Asked to drain before it was ready, with commands that wait for that. */
  #drainOnceReady = false;

  constructor(options: ConnectionOptions, owner: ConnectionOwner, counters: ConnectionCounters) {
    this.#options = options;
    this.#owner = owner;
    this.counters = counters;
    this.#parser = replyReader(options, this.#onReply);
    this.#deadlines = new DeadlineTimer(this.#expire, options.requestTimeoutMs);
    this.#connectTimer = new PatientTimer(options.connectTimeoutMs, this.#connectTimedOut);
    counters.opened++;
    this.#socket = openSocket(options.socket, options.connectTimeoutMs, {
      buffer: this.#nextReadBuffer,
      callback: this.#onRead,
    });
    this.#socket.on(readyEvent(options.socket), this.#startHandshake);
    this.#writer = new SocketWriter(this.#socket, this.#onDrain);
    this.#socket.on('end', this.#onEnd);
    this.#socket.on('error', this.#onSocketError);
    this.#socket.on('close', this.#onClose);
  }

  get node(): string {
    return this.#options.node;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** True once the handshake succeeded, also after it closed. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** The server's version text; `''` until ready. */
  get version(): string {
    return this.#version;
  }

  /** The dialect it speaks; undefined until ready. */
  get dialect(): WireProtocol['name'] | undefined {
    return this.#wasReady ? this.#protocol.name : undefined;
  }

  /** Commands accepted and not yet answered. */
  get pending(): number {
    return this.#queued.length + this.#inFlight.length;
  }

  get queuedBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength;
  }

  /**
   * Takes a slot, to be written with the others of this tick. It is failed with BackpressureError
   * where the connection holds its fill. Must not be called once draining or closed.
   */
  enqueue(slot: Slot): void {
    const { maxInFlight, maxQueuedBytes } = this.#options;
    const bytes = slot.weight;
    const isFull = this.pending >= maxInFlight;
    if (isFull || (this.#queuedBytes > 0 && this.#queuedBytes + bytes > maxQueuedBytes)) {
      const limit = isFull ? `maxInFlight (${maxInFlight})` : `maxQueuedBytes (${maxQueuedBytes})`;
      slot.fail(new BackpressureError(`Node has ${limit} waiting already`, slot.details(this.#options.node)));
      return;
    }
    // One clock reading a tick: a reading a command is measurable at 64 callers.
    if (!this.#flushScheduled) this.#now = performance.now();
    if (slot.startedAt === 0) slot.startedAt = this.#now;
    this.#deadlines.watch(slot.deadline, this.#now);
    this.#queuedBytes += bytes;
    this.#queued.push(slot);
    this.#scheduleFlush();
    // A long tick's first commands need not wait for its last: the server works meanwhile (`bench` burst).
    if (this.#queuedBytes >= EARLY_FLUSH_BYTES && this.#flushScheduled) this.#flush();
  }

  /** Takes back what is not written yet, to be sent elsewhere. */
  takeUnsent(): Slot[] {
    this.#queuedBytes = 0;
    return this.#queued.takeAll().filter((slot) => !slot.settled);
  }

  /** Accepts nothing more, and closes once all is answered. */
  drain(): void {
    if (this.#state === 'closed' || this.#state === 'draining') return;
    if (this.#state !== 'ready') {
      if (this.pending === 0) this.destroy(undefined);
      else this.#drainOnceReady = true;
      return;
    }
    this.#state = 'draining';
    this.#closeIfDrained();
  }

  /** Closes at once; what is in flight fails with `error`. */
  destroy(error: MemfleetError | undefined): void {
    if (this.#state === 'closed') return;
    this.#closing = error;
    this.#close();
  }

  // ---- opening

  readonly #connectTimedOut = (): void => {
    const { node, connectTimeoutMs } = this.#options;
    const hint = silence(this.#stage(), this.#options);
    this.destroy(new TimeoutError('connect', connectTimeoutMs, { node }, hint));
  };

  readonly #startHandshake = (): void => {
    if (this.#state !== 'connecting') return;
    this.#state = 'handshake';
    this.#handshake = handshake(this.#options);
    this.#handshake.begin(this.#writer.out);
    this.#writer.write();
  };

  #handshakeReply(handshake: Handshake, reply: Reply): void {
    const greeted = handshake.take(reply, this.#writer.out);
    this.#writer.write();
    if (greeted === undefined) return;
    this.#handshake = undefined;
    this.#protocol = greeted.protocol;
    this.#version = greeted.version;
    this.#state = 'ready';
    this.#wasReady = true;
    this.#connectTimer.clear();
    this.#owner.connectionReady(this);
    this.#scheduleFlush();
    if (this.#drainOnceReady) this.drain();
  }

  /** How far it has come, for errors. */
  #stage(): Stage {
    if (this.#wasReady) return 'ready';
    if (this.#state === 'handshake') return 'handshake';
    return this.#socket.connecting || this.#options.socket.tls === undefined ? 'dialling' : 'securing';
  }

  // ---- writing

  #scheduleFlush(): void {
    if (
      this.#flushScheduled ||
      this.#writer.blocked ||
      (this.#state !== 'ready' && this.#state !== 'draining')
    )
      return;
    this.#flushScheduled = true;
    // With nothing in flight the server is idle: write as soon as this tick ends. Else it is busy, and
    // waiting for what else this turn of the event loop reads, from other nodes too, saves writes
    // (`bench` three nodes, get at 64).
    if (this.#inFlight.length === 0) process.nextTick(this.#flush);
    else setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    const writer = this.#writer;
    if (writer.blocked || (this.#state !== 'ready' && this.#state !== 'draining')) return;
    const protocol = this.#protocol;
    for (let slot = this.#queued.shift(); slot !== undefined; slot = this.#queued.shift()) {
      this.#queuedBytes -= slot.weight;
      // Settled while it waited, by its deadline or its caller: nothing of it was sent.
      if (slot.settled) continue;
      if (!protocol.binaryKeys && slot.binaryKeyed) {
        slot.fail(
          new InvalidKeyError(
            'Key needs base64, which this server does not speak',
            slot.details(this.#options.node),
          ),
        );
        continue;
      }
      protocol.encode(slot.command, writer.out);
      this.#inFlight.push(slot);
      if (writer.full) {
        writer.write();
        if (writer.blocked) return;
      }
    }
    writer.write();
    if (this.#state === 'draining') this.#closeIfDrained();
  };

  readonly #onDrain = (): void => {
    if (this.#queued.length > 0) this.#scheduleFlush();
  };

  // ---- reading

  readonly #nextReadBuffer = (): Buffer => {
    const destination = this.#parser.destination(DIRECT_READ_BYTES);
    return destination ?? this.#readBuffer;
  };

  readonly #onRead = (length: number, buffer: Uint8Array): boolean => {
    this.#now = performance.now();
    // A greeting does not excuse the silence after it: commands wait from before it.
    if (this.#handshake === undefined) this.#readAt = this.#now;
    this.counters.bytesRead += length;
    try {
      if (buffer === this.#readBuffer) this.#parser.push(this.#readBuffer, length);
      else this.#parser.pushed(length);
    } catch (error) {
      this.destroy(unreadable(error, buffer.subarray(0, length), this.#options, this.#stage()));
      return false;
    }
    if (this.#state === 'draining') this.#closeIfDrained();
    // The start of what nobody asked for: without this, the next command would be sent into it.
    else if (this.#inFlight.length === 0 && this.#handshake === undefined && !this.#parser.idle)
      this.destroy(unsolicited());
    return true;
  };

  readonly #onReply = (reply: Reply): void => {
    if (this.#state === 'closed') return;
    if (this.#handshake !== undefined) {
      this.#handshakeReply(this.#handshake, reply);
      return;
    }
    const slot = this.#inFlight.peek();
    if (slot === undefined) throw unsolicited();
    const final = this.#protocol.isFinal(slot.command, reply);
    if (!slot.settled) slot.operation.read(slot, reply, final, this);
    if (!final) return;
    this.#inFlight.shift();
    this.counters.answered(this.#now - slot.startedAt);
  };

  // ---- deadlines

  readonly #expire = (now: number): number => {
    const inFlight = expireSlots(this.#inFlight, now, this.#timeOut);
    const queued = expireSlots(this.#queued, now, this.#timeOut);
    const isAwaited = inFlight.waiting || queued.waiting;
    if (inFlight.timedOut > 0 || !isAwaited) this.#suspect(inFlight.timedOut, now);
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    // What nobody waits for any more takes up room all the same.
    const head = this.#inFlight.peek();
    if (isAwaited || head === undefined) return Math.min(inFlight.next, queued.next);
    return overdueAt(head, this.#options.requestTimeoutMs);
  };

  /**
   * A time-out says something about the node only where nothing at all came from it for as long as
   * calls are given by default: not where a caller is in more of a hurry, or a long line is served.
   */
  #suspect(timedOut: number, now: number): void {
    const { node, requestTimeoutMs } = this.#options;
    const head = this.#inFlight.peek();
    if (head === undefined) return;
    // What was sent next is not worth waiting for either: fail it now rather than one by one.
    if (now >= overdueAt(head, requestTimeoutMs)) {
      this.counters.timeoutsInARow += timedOut;
      this.destroy(new TimeoutError('request', head.timeoutMs, { node }));
      return;
    }
    const silentMs = now - Math.max(this.#readAt, head.startedAt);
    if (timedOut === 0 || silentMs < requestTimeoutMs - TIMER_SLACK_MS) return;
    this.counters.timeoutsInARow += timedOut;
    this.#owner.connectionTimedOut(this);
  }

  readonly #timeOut = (slot: Slot): void => {
    this.counters.timedOut++;
    const hint = silence(this.#stage(), this.#options);
    this.#owner.commandUnanswered(this, slot.command);
    slot.fail(new TimeoutError('request', slot.timeoutMs, slot.details(this.#options.node), hint));
  };

  // ---- closing

  #closeIfDrained(): void {
    if (this.#state === 'draining' && this.pending === 0) this.#close();
  }

  readonly #onEnd = (): void => {
    this.destroy(closedByServer(this.#options, this.#stage()));
  };

  readonly #onSocketError = (cause: Error): void => {
    this.destroy(socketError(cause, this.#options, this.#stage()));
  };

  readonly #onClose = (): void => {
    this.destroy(new ConnectionError('Connection closed', { node: this.#options.node }));
  };

  #close(): void {
    const error = this.#closing;
    this.#state = 'closed';
    this.#connectTimer.clear();
    this.#deadlines.clear();
    this.counters.closed++;
    this.#socket.destroy();
    const unsent = this.takeUnsent();
    for (const slot of this.#inFlight.takeAll()) {
      this.#owner.commandUnanswered(this, slot.command);
      if (!slot.settled) slot.fail(inFlightError(error).concerning(slot.details(this.#options.node, error)));
    }
    this.#owner.connectionClosed(this, error, unsent);
  }
}
