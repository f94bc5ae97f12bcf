import type { LookupFunction } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Codec } from '../codec/codec.ts';
import type { CompressionAlgorithm } from '../codec/compression.ts';
import type { ServerSpec } from '../node/endpoint.ts';
import type { TopologyFunction } from '../topology/function-feed.ts';
import type { RingName } from '../topology/ring/by-name.ts';
import type { HashRing } from '../topology/ring/ring.ts';
import type { Duration } from './ttl.ts';

/**
 * What a client connects to:
 *
 * - `'host:port'`, or a list of them, of `'[::1]:11211'`, `'unix:/run/m.sock'` and `{ host, port, weight }`:
 *   fixed servers
 * - `'memcached://[user:pass@]h1:11211,h2:11211'`, `'memcacheds://…'` with TLS; options that are words,
 *   numbers or switches may follow: `'memcached://h1?requestTimeoutMs=250&discovery.mode=off'`
 * - `'name.id.cfg.region.cache.amazonaws.com:11211'`: a configuration endpoint, known by its `.cfg.` label
 * - `'name-id.serverless.region.cache.amazonaws.com:11211'`: ElastiCache Serverless, one server with TLS,
 *   known by its `.serverless.` label
 * - `{ configurationEndpoint }`, `{ servers }`, `{ topology }`: said outright
 */
export type Target =
  | string
  | readonly (string | ServerSpec)[]
  | { readonly configurationEndpoint: string }
  | { readonly servers: string | readonly (string | ServerSpec)[] }
  | { readonly topology: TopologyFunction };

export interface DiscoveryOptionsInput {
  /**
   * `'auto'` discovers where the target is a configuration endpoint. `'elasticache'` and
   * `'memorystore'` say that it is one, and whose: Memorystore's nodes are not asked, and its
   * endpoint is never sent data. `'off'` takes it as a plain server. Default `'auto'`.
   */
  readonly mode?: 'auto' | 'elasticache' | 'memorystore' | 'off';
  /** Milliseconds between looks, ±20 %; at least 1,000. Default 60,000. */
  readonly intervalMs?: number;
  /**
   * Milliseconds for one question to one server, its name, connection and handshake included. Default
   * 2,000. The first look, of three questions to the endpoint, takes five seconds or this at most.
   */
  readonly timeoutMs?: number;
  /**
   * `'lazy'`: calls wait for the first topology, within their own time-out, and discovery goes on for
   * ever. `'fail'`: where the first look finds nothing, the client is destroyed. Default `'lazy'`.
   */
  readonly startup?: 'lazy' | 'fail';
  /**
   * Dial nodes by name, and by the IP that discovery gave while the name does not resolve; or by that IP
   * alone. With TLS, and in the binary dialect, always by name. Default `'hostname'`, for Memorystore `'ip'`.
   */
  readonly connectTo?: 'hostname' | 'ip';
  /**
   * Where the endpoint does not know `config get cluster`, use it as the one server instead of failing:
   * for development against a plain memcached. Default `false`; where nothing but a `.cfg.` in the name
   * says that it is an endpoint, one that answers `ERROR` is used so unless this is `false`, and a
   * `discoveryError` event tells.
   */
  readonly ignoreClusterErrors?: boolean;
}

export interface AuthOptions {
  readonly username: string;
  readonly password: string;
  /**
   * `'ascii'`: memcached's own in text, `memcached -Y`; neither of the two may hold a space. `'plain'`: SASL
   * PLAIN, `memcached -S`, which exists in the binary dialect alone. Either sends the password as it is:
   * over networks of others, with `tls`. Default `'plain'` with `protocol: 'binary'`, else `'ascii'`.
   */
  readonly mechanism?: 'ascii' | 'plain';
}

/** Nodes apart from the others, which have the keys of those that are down. */
export interface GutterOptions {
  /** At least one, each as a fixed server; none of the client's own. */
  readonly gutter: readonly (string | ServerSpec)[];
  /**
   * The longest that a value lives there, whatever its own `ttl`: seconds or a string, up to 30 days.
   * Default 10 seconds.
   */
  readonly ttl?: Duration;
}

export interface CompressionOptions {
  /**
   * `'zlib'`: level 6. `'brotli'`: quality 4, a little smaller and slower. `'zstd'`: level 3, much faster; needs
   * Node.js 22.15, to read as well. With a codec that has a `zlibFlag`, only `'zlib'`.
   */
  readonly algorithm: CompressionAlgorithm;
  /** Values of fewer bytes, as encoded, stay as they are, and those below 32 in any case. Default 1,024. */
  readonly minBytes?: number;
}

/** Options of {@link createClient}, each with its default. */
export interface ClientOptions {
  readonly discovery?: DiscoveryOptionsInput;
  /**
   * How keys are spread, as the other clients of the cluster do: a name of {@link RingName}, a ring made by
   * `libmemcached`, `spymemcached` or `hashring`, or a function of your own. Default `'ketama'`.
   */
  readonly hashing?: RingName | HashRing;
  /**
   * What names a node on the ring: its host name, which stays when the node is replaced, or the IP that
   * discovery gave. A node for which it gave none has its name there. Default `'hostname'`.
   */
  readonly ringKey?: 'hostname' | 'ip';
  /**
   * `'auto'` speaks meta where the server has it (memcached 1.6.12), else classic. `'binary'` is for servers
   * that take nothing else, and is spoken with `auth.mechanism: 'plain'` too. Default `'auto'`.
   */
  readonly protocol?: 'auto' | 'meta' | 'classic' | 'binary';
  /** Default 1: commands are pipelined, and more connections seldom help. */
  readonly connectionsPerNode?: number;
  /** Milliseconds for connecting, TLS and handshake together. Default 1,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for a call, from when it is made until its reply is here. Default 1,000. */
  readonly requestTimeoutMs?: number;
  /** Commands a connection holds that are not answered. Default 131,072. */
  readonly maxInFlight?: number;
  /**
   * Bytes of values a connection holds that the socket has not taken; and for each node those that the client
   * compresses on another thread or splits. Default 64 MiB.
   */
  readonly maxQueuedBytes?: number;
  /**
   * `true`, or options of `tls.connect`. Each node's certificate is checked against its own name. The object
   * is read again for each connection: certificates put into it later are used from then on. Default off,
   * for ElastiCache Serverless on.
   */
  readonly tls?: boolean | TlsOptions;
  /** Given to servers that ask for it, and to no others. Default none. */
  readonly auth?: AuthOptions;
  /**
   * What happens to commands of a node that is down. `'fail-fast'`: they reject at once, with
   * `NodeDownError`. `'next'`: its keys go to the nodes that are up, as the ring spreads them over those,
   * and what is stored there lives 60 seconds at most; not where more than half of the nodes look down.
   * `{ gutter, ttl }`: its keys go to nodes kept for that. A stand-in is asked for `get`, `getMany`,
   * `getAndTouch`, `set`, `delete` and `touch`; all else rejects as with `'fail-fast'`, `add` too, since
   * a lock would be taken twice. Default `'fail-fast'`.
   */
  readonly failover?: 'fail-fast' | 'next' | GutterOptions;
  /**
   * `'miss'`: a failed read resolves as a miss and a failed write as `false`, with an `error` event
   * each. Wrong input, an abort and a closed client still reject. Default `'throw'`.
   */
  readonly onError?: 'throw' | 'miss';
  /** A stored value that cannot be decoded: an error, or a miss with an `error` event. Default `'throw'`. */
  readonly onDecodeError?: 'throw' | 'miss';
  /** Default {@link jsonCodec}. */
  readonly codec?: Codec;
  /**
   * Compresses values from `minBytes` on, where that makes them smaller. What is compressed is read by every
   * memfleet, whatever its options. `append` and `prepend` reject with InvalidValueError where the value is
   * compressed. Default off.
   */
  readonly compression?: CompressionOptions;
  /** Put before every key; counts for its length and for its place on the ring. Default `''`. */
  readonly keyPrefix?: string;
  /**
   * Keys over 250 bytes: an error, or replaced by their SHA-256, as are keys that look like one, so that no
   * two keys become one. Default `'throw'`.
   */
  readonly longKeys?: 'throw' | 'hash';
  /**
   * Keys with spaces or control characters: an error, or sent all the same: base64 encoded in the
   * meta dialect, as they are in the binary one. Both name the same item; the classic dialect has no such keys
   * (`InvalidKeyError`). Default `'throw'`.
   */
  readonly unsafeKeys?: 'throw' | 'base64';
  /** Largest value written or read, in bytes, as it is stored; as the server's `-I`. Default 1 MiB. */
  readonly maxValueBytes?: number;
  /**
   * Values above `maxValueBytes`: an error, or split into chunks under keys of their own, which are read
   * as one value or not at all; up to 64 MiB, or `maxValueBytes` where that is more. What is split is read
   * by every memfleet, and by no other client. Default `'throw'`.
   */
  readonly largeValues?: 'throw' | 'split';
  /** Resolves names, in the form of `dns.lookup`. Default `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

/** What every call takes. */
export interface CallOptions {
  /** Milliseconds; default `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Rejects the call with the signal's reason. A write that was sent may still be stored. */
  readonly signal?: AbortSignal;
}
