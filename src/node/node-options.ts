import type { LookupFunction } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Credentials, Dialect } from '../connection/handshake.ts';

/** What all nodes of a client share; resolved and validated by the client. */
export interface NodeOptions {
  readonly dialect: Dialect;
  readonly connectionsPerNode: number;
  /** Milliseconds. */
  readonly connectTimeoutMs: number;
  /** Milliseconds; the default of calls that give none. */
  readonly requestTimeoutMs: number;
  readonly maxInFlight: number;
  readonly maxQueuedBytes: number;
  /** Bytes. */
  readonly maxValueBytes: number;
  /** Whether the buffer of a large value with these client flags is used on; see `Codec`. */
  readonly keepsBuffer: (flags: number) => boolean;
  readonly tls: TlsOptions | undefined;
  readonly credentials: Credentials | undefined;
  readonly lookup: LookupFunction | undefined;
  /** Dial the address that discovery gave rather than the name. */
  readonly connectTo: 'hostname' | 'ip';
  /**
   * Whether a node with this cluster configuration can be one of ours; asked of nodes dialled by address.
   * Undefined where the nodes know of no cluster.
   */
  readonly isKin: ((configuration: string) => boolean) | undefined;
}
