/**
 * Asks one server for its cluster configuration, on a connection of its own: it must not wait behind
 * data, nor data behind it, and a stream that served a failed exchange is never used again.
 */
import { PatientTimer } from '../common/patient-timer.ts';
import { Connection, type ConnectionOwner } from '../connection/connection.ts';
import { ConnectionCounters } from '../connection/connection-counters.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { type Operation, Slot } from '../connection/slot.ts';
import { ClosedError, type MemfleetError, ProtocolError, TimeoutError } from '../errors.ts';
import { type ClusterConfig, parseClusterConfig } from '../protocol/cluster-config.ts';

/** What a server said: its configuration, or what it said instead. */
export type ConfigAnswer =
  | {
      readonly kind: 'config';
      readonly config: ClusterConfig;
      /** Whether the key of old nodes gave it. */
      readonly legacy: boolean;
      /** `ip:port` where it was asked, unless it was dialled by name. */
      readonly address?: string;
      readonly lengthMismatch: boolean;
    }
  | { readonly kind: 'unsupported'; readonly said: string };

/**
 * Asks with `config get cluster`, and where that gives nothing, for the key that old nodes keep it under.
 *
 * @param legacyFirst ask the other way round.
 * @param timeoutMs for everything: name, connection, handshake and answer.
 * @throws ConnectionError, TimeoutError (`phase: 'discovery'`), TlsError, AuthError, ProtocolError
 */
export async function requestConfig(
  options: ConnectionOptions,
  legacyFirst: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ConfigAnswer> {
  const request = new ConfigRequest(options, timeoutMs, signal);
  try {
    const first = await request.ask(legacyFirst && !wantsSasl(options));
    // Behind a command that it does not know, a binary stream is of no use: see BinaryHandshake.
    if (first.kind === 'config' || wantsSasl(options)) return first;
    const second = await request.ask(!legacyFirst);
    // Of two refusals, the one of the command of today says more.
    return second.kind === 'config' || legacyFirst ? second : first;
  } finally {
    request.close();
  }
}

/** All that have a configuration are known to speak text; unless SASL comes before all else. */
function wantsSasl({ credentials, dialect }: ConnectionOptions): boolean {
  return dialect === 'binary' && credentials !== undefined;
}

class ConfigRequest implements ConnectionOwner {
  readonly #connection: Connection;
  readonly #node: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  readonly #timer: PatientTimer;
  /** Why it got no answer, where it was this request that gave up. */
  #gaveUp: MemfleetError | undefined;
  #closedBy: MemfleetError;

  constructor(options: ConnectionOptions, timeoutMs: number, signal: AbortSignal) {
    this.#node = options.node;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#closedBy = new ClosedError('Discovery was stopped', { node: options.node });
    const parser = { ...options.parser, legacyConfig: true };
    this.#connection = new Connection(
      { ...options, dialect: wantsSasl(options) ? 'binary' : 'classic', parser },
      this,
      new ConnectionCounters(),
    );
    this.#timer = new PatientTimer(timeoutMs, () => this.#giveUp(this.#timedOut()));
    signal.addEventListener('abort', this.#aborted, { once: true });
    if (signal.aborted) this.#aborted();
  }

  ask(legacy: boolean): Promise<ConfigAnswer> {
    return new Promise((resolve, reject) => {
      const slot = new Slot(
        { kind: 'configGet', legacy },
        CONFIG_GET,
        this,
        undefined,
        this.#timeoutMs,
        resolve as (value: unknown) => void,
        reject,
      );
      if (this.#connection.state === 'closed') slot.fail(this.#closedBy);
      else this.#connection.enqueue(slot);
    });
  }

  close(): void {
    this.#timer.clear();
    this.#signal.removeEventListener('abort', this.#aborted);
    this.#connection.destroy(undefined);
  }

  slotFailed(slot: Slot, error: Error): void {
    const isLate = error instanceof TimeoutError && error.phase === 'request';
    slot.abandon(this.#gaveUp ?? (isLate ? this.#timedOut() : error));
  }

  slotRefused(slot: Slot, error: Error): void {
    slot.abandon(error);
  }

  slotUnsent(slot: Slot): void {
    slot.abandon(this.#closedBy);
  }

  connectionReady(): void {
    // The slot waits in the connection and is sent by it.
  }

  commandUnanswered(): void {
    // Its slot is told.
  }

  connectionTimedOut(): void {
    this.#giveUp(this.#timedOut());
  }

  connectionClosed(_connection: Connection, error: MemfleetError | undefined, unsent: Slot[]): void {
    this.#closedBy = error ?? this.#closedBy;
    for (const slot of unsent) slot.fail(this.#closedBy);
  }

  readonly #aborted = (): void => {
    this.#giveUp(this.#closedBy);
  };

  #giveUp(error: MemfleetError): void {
    this.#gaveUp = error;
    this.#connection.destroy(error);
  }

  #timedOut(): TimeoutError {
    return new TimeoutError('discovery', this.#timeoutMs, { node: this.#node });
  }
}

const CONFIG_GET: Operation = {
  name: 'config get cluster',
  miss: undefined,
  read(slot, reply) {
    switch (reply.kind) {
      case 'config': {
        const config = parseClusterConfig(reply.payload);
        const legacy = slot.command.kind === 'configGet' && slot.command.legacy;
        const { lengthMismatch } = reply;
        slot.succeed({ kind: 'config', config, legacy, lengthMismatch } satisfies ConfigAnswer);
        return;
      }
      case 'end':
        // No configuration yet, or a server on which nobody stored the legacy key.
        slot.succeed({ kind: 'unsupported', said: 'END' } satisfies ConfigAnswer);
        return;
      case 'error': {
        const said = `${reply.status} ${reply.text}`.trimEnd();
        slot.succeed({ kind: 'unsupported', said } satisfies ConfigAnswer);
        return;
      }
      default:
        throw new ProtocolError('Server answered config get cluster with something else');
    }
  },
};
