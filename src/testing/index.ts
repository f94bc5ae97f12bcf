/** Servers and clusters to test against, on loopback, and what to test a backend of a cache by. */

export type { CacheBackendTestCase, CacheBackendTestOptions } from './backend-suite/suite.ts';
export { cacheBackendTestSuite } from './backend-suite/suite.ts';
export type { Cluster, ClusterOptions } from './cluster/cluster.ts';
export { startCluster } from './cluster/cluster.ts';
export type { ClusterNode, FaultControls, NodeStats } from './cluster/cluster-node.ts';
export type { ConfigurationEndpoint } from './cluster/configuration-endpoint.ts';
export type { ProxyStats } from './cluster/fault-proxy.ts';
export type { EngineKind } from './cluster/node-engine.ts';
export type { Publication, PublishedNode } from './cluster/published-config.ts';
export type { Credentials } from './embedded/auth-gate.ts';
export type { Server, ServerOptions } from './embedded/server.ts';
export { startServer } from './embedded/server.ts';
