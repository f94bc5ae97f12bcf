import type { Counters } from './counters.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import type { Expectation } from './request-parser.ts';
import type { Store } from './store.ts';

/** What all connections of one embedded server share. */
export interface Engine {
  readonly store: Store;
  readonly counters: Counters;
  /** Unix time in seconds of the start. */
  readonly startedAt: number;
  /** As `version` answers it. */
  readonly version: string;
  /** Whether `mg`, `ms`, … exist in that version. */
  readonly meta: boolean;
  /** Status of a meta command done: `HD`, in early 1.6 versions `OK`. */
  readonly okStatus: 'HD' | 'OK';
  /** Answers `config get cluster` and its legacy key; without it the server is a plain memcached. */
  readonly clusterConfig: ClusterConfigSource | undefined;
}

/** The whole reply to `config get cluster`, or to `get AmazonElastiCache:cluster` when `legacy`. */
export type ClusterConfigSource = (legacy: boolean) => Buffer;

/** One command: its tokens (the name first) in, replies into `out`, and what is to be read next. */
export type CommandHandler = (engine: Engine, tokens: readonly string[], out: ReplyBuffer) => Expectation;

export const BAD_FORMAT = 'CLIENT_ERROR bad command line format';
export const TOO_LARGE = 'SERVER_ERROR object too large for cache';
export const NON_NUMERIC = 'CLIENT_ERROR cannot increment or decrement non-numeric value';

/** Whether a data block ends as it must. */
export function endsInCrlf(block: Buffer): boolean {
  return block[block.length - 2] === 0x0d && block[block.length - 1] === 0x0a;
}
