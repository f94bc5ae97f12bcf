/** The cluster that is made to suffer, and what is known of its state. */
import type { Cluster, ClusterNode, EngineKind } from '../src/testing/index.ts';
import { startCluster } from '../src/testing/index.ts';
import type { Circumstances } from './attempts.ts';
import { NodeLives } from './node-lives.ts';

/** How long after a fault a node counts as troubled still: connections are made anew, health is probed. */
const AFTERMATH_MS = 2_000;

export class Stage implements Circumstances {
  readonly cluster: Cluster;
  readonly lives: NodeLives;
  /** Nodes with a fault now. */
  readonly troubled: Set<string> = new Set<string>();
  readonly #troubledUntil = new Map<string, number>();
  #wholeTroubledUntil = Number.NEGATIVE_INFINITY;
  spoilt = false;

  private constructor(cluster: Cluster, lives: NodeLives) {
    this.cluster = cluster;
    this.lives = lives;
  }

  static async open(engine: EngineKind, nodes: number): Promise<Stage> {
    const lives = new NodeLives();
    const startedAt = performance.now();
    const cluster = await startCluster({ engine, nodes });
    for (const { id } of cluster.nodes) lives.begin(id, startedAt);
    return new Stage(cluster, lives);
  }

  isTroubled(node: string | undefined): boolean {
    const now = performance.now();
    if (now < this.#wholeTroubledUntil) return true;
    return node === undefined || this.troubled.has(node) || now < (this.#troubledUntil.get(node) ?? 0);
  }

  /** A fault begins; gives what ends it. */
  trouble(node: ClusterNode): () => void {
    this.troubled.add(node.id);
    return () => {
      this.troubled.delete(node.id);
      this.#troubledUntil.set(node.id, performance.now() + AFTERMATH_MS);
    };
  }

  /** Something happens to the list of nodes. */
  troubleAll(): void {
    this.#wholeTroubledUntil = performance.now() + AFTERMATH_MS;
  }

  // ---- processes

  async stop(node: ClusterNode): Promise<void> {
    await node.stop();
    this.lives.end(node.id, performance.now());
  }

  async start(node: ClusterNode): Promise<void> {
    const startedAt = performance.now();
    await node.start();
    this.lives.begin(node.id, startedAt);
  }

  async add(): Promise<void> {
    this.troubleAll();
    const startedAt = performance.now();
    const { id } = await this.cluster.addNode();
    this.lives.begin(id, startedAt);
    this.troubleAll();
  }

  async remove(node: ClusterNode): Promise<void> {
    this.troubleAll();
    await this.cluster.removeNode(node.id);
    this.lives.end(node.id, performance.now());
    this.troubleAll();
  }

  async replace(node: ClusterNode): Promise<void> {
    this.troubleAll();
    const startedAt = performance.now();
    await this.cluster.replaceNode(node.id);
    // When one ended and the other began is not known: a call of this time may have met either.
    this.lives.end(node.id, performance.now());
    this.lives.begin(node.id, startedAt);
    this.troubleAll();
  }

  close(): Promise<void> {
    return this.cluster.close();
  }
}
