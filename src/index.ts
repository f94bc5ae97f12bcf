export type { Cache, CacheEvents } from './cache/cache.ts';
export type {
  CacheBackend,
  CacheEntry,
  CounterStep,
  FindOptions,
  Found,
  FoundEntry,
  Hold,
} from './cache/cache-backend.ts';
export type {
  CacheConfig,
  CacheSettings,
  CustomConfig,
  DummyConfig,
  ElastiCacheConfig,
  ElastiCacheOptions,
  KeyFunction,
  MemcachedConfig,
  MemcachedOptions,
  MemoryConfig,
  MemoryOptions,
  NearOptions,
} from './cache/cache-config.ts';
export { type CachedFunction, type CacheFunctionOptions, cacheFunction } from './cache/cache-function.ts';
export type { CacheSnapshot } from './cache/cache-store.ts';
export { type Caches, createCaches } from './cache/caches.ts';
export type {
  CacheCallOptions,
  CacheCounterOptions,
  CacheStoreOptions,
  Factory,
  GetOrSetOptions,
} from './cache/call-options.ts';
export { createCache } from './cache/create-cache.ts';
export type { NearSnapshot } from './cache/near/near-backend.ts';
export type { LeaseMode } from './cache/read-decision.ts';
export type {
  AuthOptions,
  CallOptions,
  ClientOptions,
  CompressionOptions,
  DiscoveryOptionsInput,
  GutterOptions,
  Target,
} from './client/client-options.ts';
export { createClient } from './client/create-client.ts';
export type { EntryLife } from './client/envelope.ts';
export type { Key } from './client/key-encoder.ts';
export type {
  ClientEvents,
  ClientSnapshot,
  CounterOptions,
  MemcachedClient,
  NodeAddress,
  StoreOptions,
} from './client/memcached-client.ts';
export type { Duration, Ttl } from './client/ttl.ts';
export type { Item } from './client/value-reader.ts';
export { bytesCodec } from './codec/bytes-codec.ts';
export type { Codec, EncodedValue } from './codec/codec.ts';
export type { CompressionAlgorithm } from './codec/compression.ts';
export { jsonCodec } from './codec/json-codec.ts';
export type { Revive } from './codec/python/python-classes.ts';
export { pythonCodec } from './codec/python/python-codec.ts';
export type { PythonCodecOptions } from './codec/python/python-codec-options.ts';
export { PythonObject } from './codec/python/python-object.ts';
export type { LatencySnapshot } from './common/latency-histogram.ts';
export {
  AuthError,
  BackpressureError,
  ClientInputError,
  ClosedError,
  ConnectionError,
  ConnectionLimitError,
  DecodeError,
  DiscoveryError,
  FactoryError,
  InvalidCacheConfigError,
  InvalidKeyError,
  InvalidValueError,
  MemfleetError,
  type MemfleetErrorCode,
  type MemfleetErrorDetails,
  NodeDownError,
  NodeRemovedError,
  NoNodesError,
  ProtocolError,
  ServerError,
  type ServerErrorStatus,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
  ValueTooLargeError,
} from './errors.ts';
export type { ServerSpec } from './node/endpoint.ts';
export type { NodeSnapshot } from './node/node-snapshot.ts';
export type { TopologyFunction, TopologyReport } from './topology/function-feed.ts';
export type { RingName } from './topology/ring/by-name.ts';
export { type HashringOptions, hashring } from './topology/ring/hashring.ts';
export { type LibmemcachedOptions, libmemcached } from './topology/ring/libmemcached.ts';
export type { LibmemcachedHash } from './topology/ring/libmemcached-hash.ts';
export type { HashRing, KeyLocator, RingNode } from './topology/ring/ring.ts';
export { type SpymemcachedOptions, spymemcached } from './topology/ring/spymemcached.ts';
export type { Topology, TopologyDiff, TopologyNode, TopologySource } from './topology/topology.ts';
export type { DiscoverySnapshot } from './topology/topology-source.ts';
