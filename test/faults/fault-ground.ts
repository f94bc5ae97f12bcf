import { onTestFinished } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import { type MemcachedProcess, startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import {
  type Cluster,
  type ClusterNode,
  type ClusterOptions,
  type EngineKind,
  startCluster,
} from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';

/** Servers of one kind for a scenario; all ends with its test. */
export class FaultGround {
  readonly engine: EngineKind;

  constructor(engine: EngineKind) {
    this.engine = engine;
  }

  async cluster(nodes: number, options: Omit<ClusterOptions, 'engine' | 'nodes'> = {}): Promise<Cluster> {
    const cluster = await startCluster({ engine: this.engine, nodes, ...options });
    onTestFinished(() => cluster.close());
    return cluster;
  }

  /** Real processes, with nothing between them and their clients. */
  async processes(count: number, args: readonly string[] = []): Promise<readonly MemcachedProcess[]> {
    const processes = await Promise.all(Array.from({ length: count }, () => startMemcached(undefined, args)));
    onTestFinished(async () => {
      await Promise.all(processes.map((each) => each.stop()));
    });
    return processes;
  }

  /** A client of those processes. */
  clientOf(processes: readonly MemcachedProcess[], options: ClientOptions = {}): MemcachedClient {
    return opened(createClient(processes.map(endpointOf), options));
  }

  /** Stops a node in its tracks: a real one by SIGSTOP. Gives what lets it go on. */
  async freeze(node: ClusterNode): Promise<() => void> {
    if (this.engine === 'embedded') {
      node.hang();
      return () => node.resume();
    }
    const { engine } = await node.stats();
    const pid = Number(engine?.pid);
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  }
}

export function endpointOf({ port }: { readonly port: number }): string {
  return `127.0.0.1:${port}`;
}
