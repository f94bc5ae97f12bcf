/**
 * What a caller wants of one node, without saying how it is written: a closed union that each
 * {@link WireProtocol} encodes in its own dialect.
 *
 * Keys and textual data are byte strings (see key.ts). A key whose `base64` is true holds base64
 * text of arbitrary bytes: the meta dialect sends it so, the binary one sends the bytes, and the classic
 * one has no such keys.
 */

interface Keyed {
  readonly key: string;
  readonly base64: boolean;
  /** The key that says which node it is for, where it is not its own: a lease is beside the key that it is on. */
  readonly routed?: string;
}

/** One value. */
export interface GetCommand extends Keyed {
  readonly kind: 'get';
}

/** One value with its CAS unique and, in the meta dialect, its remaining ttl and access history. */
export interface GetsCommand extends Keyed {
  readonly kind: 'gets';
}

/**
 * One value with its CAS unique, as whoever would make it anew reads it: `gets` in the classic and
 * the binary dialect, which know neither of the two conditions.
 */
export interface FetchCommand extends Keyed {
  readonly kind: 'fetch';
  /** A miss makes an empty item of this exptime, and wins the lease on it. */
  readonly vivify: number | undefined;
  /** Wins the lease on an item that has fewer seconds left; at most 30 days, as of an exptime. */
  readonly recache: number | undefined;
}

/** What an item is, without its value; which only the meta dialect can leave out. */
export interface InspectCommand extends Keyed {
  readonly kind: 'inspect';
}

/**
 * Many values of one node in one request. The keys are plain: replies are told apart by
 * their key, and memcached 1.6 forgets that a key is binary where it makes the item anew (append,
 * incr). From then on it answers with the raw bytes, which may hold a line break.
 */
export interface GetManyCommand {
  readonly kind: 'getMany' | 'getsMany';
  readonly keys: readonly string[];
}

/** One value, and a new exptime for it: `gat`, or `gats` with the CAS unique. */
export interface GetAndTouchCommand extends Keyed {
  readonly kind: 'gat' | 'gats';
  readonly exptime: number;
}

export type StoreMode = 'set' | 'add' | 'replace' | 'append' | 'prepend';

/** The value of a store command: a byte string, or bytes that must not change until it is answered. */
export type CommandData = string | Uint8Array;

/** A write of a whole value, or onto one. With `casToken` it is stored only where that is still current. */
export interface StoreCommand extends Keyed {
  readonly kind: 'store';
  readonly mode: StoreMode;
  readonly flags: number;
  readonly exptime: number;
  readonly data: CommandData;
  readonly casToken: bigint | undefined;
}

export interface DeleteCommand extends Keyed {
  readonly kind: 'delete';
}

/** A delete of what still has this CAS unique. */
export interface CompareDeleteCommand extends Keyed {
  readonly kind: 'compareDelete';
  readonly casToken: bigint;
}

export interface TouchCommand extends Keyed {
  readonly kind: 'touch';
  readonly exptime: number;
}

/**
 * A counter step. `initial` makes a missing counter in the meta and the binary dialect; the classic one
 * cannot say it and leaves it to the caller (incr, then add).
 */
export interface ArithmeticCommand extends Keyed {
  readonly kind: 'incr' | 'decr';
  readonly delta: bigint;
  readonly initial: bigint | undefined;
  readonly exptime: number;
}

export interface FlushAllCommand {
  readonly kind: 'flushAll';
  /** The exptime of what is there; 0 for at once. */
  readonly delay: number;
}

export interface VersionCommand {
  readonly kind: 'version';
}

export interface StatsCommand {
  readonly kind: 'stats';
  /** `''` for the general section, else `items`, `slabs`, `settings`, … */
  readonly section: string;
}

/** Answered by `MN` in the meta dialect: shows that the server speaks it, or that all before it is answered. */
export interface NoopCommand {
  readonly kind: 'noop';
}

/** `config get cluster` of ElastiCache and Memorystore. */
export interface ConfigGetCommand {
  readonly kind: 'configGet';
  /** Ask for the key `AmazonElastiCache:cluster` instead, as nodes older than 1.4.14 need. */
  readonly legacy: boolean;
}

/**
 * The ASCII authentication of `memcached -Y`: a `set` whose value is `username password`. In the binary
 * dialect SASL PLAIN.
 */
export interface AuthCommand {
  readonly kind: 'auth';
  readonly username: string;
  readonly password: string;
}

export type Command =
  | GetCommand
  | GetsCommand
  | FetchCommand
  | InspectCommand
  | GetManyCommand
  | GetAndTouchCommand
  | StoreCommand
  | DeleteCommand
  | CompareDeleteCommand
  | TouchCommand
  | ArithmeticCommand
  | FlushAllCommand
  | VersionCommand
  | StatsCommand
  | NoopCommand
  | ConfigGetCommand
  | AuthCommand;
