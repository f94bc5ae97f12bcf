/**
 * Every error memfleet throws. A miss is a result, never one of these; a failure is one of these,
 * never a miss. Messages hold no key, value or password, so they are safe to log.
 */

/** What an error may say about where it happened. */
export interface MemfleetErrorDetails {
  readonly cause?: unknown;
  /** Id (`host:port`) of the node concerned. */
  readonly node?: string | undefined;
  /** The verb that failed: `'get'`, `'set'`, … */
  readonly operation?: string | undefined;
  /** The key concerned. Kept non-enumerable, so that it does not reach logs by accident. */
  readonly key?: string | Uint8Array | undefined;
}

export type MemfleetErrorCode = `ERR_MEMFLEET_${string}`;

const CODE_PREFIX = 'ERR_MEMFLEET_';
const BASE_CODE = 'ERR_MEMFLEET_ERROR';

/**
 * The base of all errors of this library: `error instanceof MemfleetError` tells them from others.
 *
 * @example
 * ```ts
 * try {
 *   await client.get('user:1');
 * } catch (error) {
 *   if (error instanceof MemfleetError) console.warn(error.code, error.node);
 * }
 * ```
 */
export class MemfleetError extends Error {
  /** A stable identifier, to compare instead of the message. */
  readonly code: MemfleetErrorCode = BASE_CODE;
  /** Id (`host:port`) of the node concerned, where one is. */
  readonly node?: string;
  /** The verb that failed, where one did. */
  readonly operation?: string;
  /** The key concerned; not enumerable. */
  declare readonly key?: string | Uint8Array;

  constructor(message: string, details: MemfleetErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    if (details.node !== undefined) this.node = details.node;
    if (details.operation !== undefined) this.operation = details.operation;
    if (details.key !== undefined) {
      Object.defineProperty(this, 'key', { value: details.key, enumerable: false });
    }
  }

  /** Of the class, by its code: bundlers rename classes. */
  override get name(): string {
    if (this.code === BASE_CODE) return 'MemfleetError';
    const words = String(this.code).slice(CODE_PREFIX.length).toLowerCase().split('_');
    return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Error`;
  }

  /** @internal The same error as it concerns one command: a broken connection fails many at once. */
  concerning(details: MemfleetErrorDetails): MemfleetError {
    const sameClass = this.constructor as new (
      message: string,
      details: MemfleetErrorDetails,
    ) => MemfleetError;
    return new sameClass(this.message, { cause: this.cause ?? this, node: this.node, ...details });
  }
}

/** The stream to a node could not be opened, or broke. What was in flight on it is unknown to have happened. */
export class ConnectionError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_CONNECTION';
}

/**
 * The server has as many connections open as it takes (memcached's `-c`), and closed this one. Those that
 * are open go on; with none, it counts as one failure of three, not as the death of the node.
 */
export class ConnectionLimitError extends ConnectionError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_CONNECTION_LIMIT';
}

export type TimeoutPhase = 'connect' | 'request' | 'discovery' | 'factory';

/** A deadline passed. A write that timed out may or may not have been stored. */
export class TimeoutError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_TIMEOUT';
  readonly phase: TimeoutPhase;
  /** The deadline that passed, in milliseconds. */
  readonly timeoutMs: number;

  /** @param hint what may be wrong, where something is known of it. */
  constructor(phase: TimeoutPhase, timeoutMs: number, details: MemfleetErrorDetails = {}, hint?: string) {
    const what = phase === 'factory' ? 'No value' : 'No reply';
    super(`${what} within ${timeoutMs} ms (${phase})${hint === undefined ? '' : `: ${hint}`}`, details);
    this.phase = phase;
    this.timeoutMs = timeoutMs;
  }

  /** @internal */
  override concerning(details: MemfleetErrorDetails): TimeoutError {
    const { cause, node } = this;
    return Object.assign(new TimeoutError(this.phase, this.timeoutMs, { cause, node, ...details }), {
      message: this.message,
    });
  }
}

/** The server sent bytes that the protocol does not allow. Its connection is closed: nothing after them can be trusted. */
export class ProtocolError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_PROTOCOL';
}

export type ServerErrorStatus = 'ERROR' | 'CLIENT_ERROR' | 'SERVER_ERROR';

/** The server understood the bytes and refused: `ERROR`, `CLIENT_ERROR …` or `SERVER_ERROR …`. */
export class ServerError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_SERVER';
  readonly status: ServerErrorStatus;

  constructor(status: ServerErrorStatus, text: string, details: MemfleetErrorDetails = {}) {
    super(text === '' ? `Server replied ${status}` : `Server replied ${status}: ${text}`, details);
    this.status = status;
  }

  /** @internal */
  override concerning(details: MemfleetErrorDetails): ServerError {
    return Object.assign(new ServerError(this.status, '', { node: this.node, ...details }), {
      message: this.message,
    });
  }
}

/** The caller gave something unusable; no byte of it was sent. */
export class ClientInputError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_CLIENT_INPUT';
}

/** A key memcached cannot carry: empty, over 250 bytes, or with control characters or spaces. */
export class InvalidKeyError extends ClientInputError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_INVALID_KEY';
}

/** A value that cannot be stored or used: `undefined`, a function, a counter that is no number. */
export class InvalidValueError extends ClientInputError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_INVALID_VALUE';
}

/** A value above `maxValueBytes`, or above what the server takes. The old value is gone either way. */
export class ValueTooLargeError extends ClientInputError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_VALUE_TOO_LARGE';
}

/** An option or `CACHES` entry that cannot be right. The message names it and what would be. */
export class InvalidCacheConfigError extends ClientInputError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_INVALID_CACHE_CONFIG';
}

/** The configuration endpoint gave no usable topology. */
export class DiscoveryError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_DISCOVERY';
}

/** No topology is known yet, so no node can own a key. */
export class NoNodesError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_NO_NODES';
}

/** The node that owns the key is marked down; nothing was sent. `cause` is what marked it. */
export class NodeDownError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_NODE_DOWN';
}

/** The node left the topology before it answered. */
export class NodeRemovedError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_NODE_REMOVED';
}

/** `maxInFlight` or `maxQueuedBytes` is reached; nothing was sent. */
export class BackpressureError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_BACKPRESSURE';
}

/** The server did not accept the credentials, or wants some. */
export class AuthError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_AUTH';
}

/** The TLS handshake or the certificate check failed. */
export class TlsError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_TLS';
}

/** The stored bytes are not what their client flags promise, or the flags are unknown. */
export class DecodeError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_DECODE';
}

/** The factory given to `getOrSet` failed; `cause` is what it threw. */
export class FactoryError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_FACTORY';
}

/** The client or cache was closed. */
export class ClosedError extends MemfleetError {
  override readonly code: MemfleetErrorCode = 'ERR_MEMFLEET_CLOSED';
}

/** @internal An error of a step, as it concerns the call that the step is of. */
export function concerning(error: unknown, operation: string, key: string | Uint8Array | undefined): unknown {
  return error instanceof MemfleetError ? error.concerning({ operation, key }) : error;
}
