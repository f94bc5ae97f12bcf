/**
 * Notices that several nodes close their connections at about the same time: one may have been restarted,
 * but not two, and what is about to change is the cluster.
 */
const WINDOW_MS = 1_000;

export class LostConnections {
  readonly #lostAt = new Map<string, number>();

  /** Whether this is the second node, or a further one, within a second. */
  add(node: string, nowMs: number): boolean {
    for (const [other, at] of this.#lostAt) if (nowMs - at >= WINDOW_MS) this.#lostAt.delete(other);
    this.#lostAt.set(node, nowMs);
    return this.#lostAt.size > 1;
  }
}
