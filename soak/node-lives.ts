/** Which processes there were, and when: what one of them knew is gone with it. */

/** One process of a node, from its start to its end. */
export interface NodeLife {
  /** `host:port`; a process that takes the place of another has the same. */
  readonly id: string;
  readonly bornAt: number;
  /** `Infinity` while it lives. */
  diedAt: number;
}

/** Nobody asks for longer ago than this. */
const MEMORY_MS = 60_000;

export class NodeLives {
  #lives: NodeLife[] = [];

  /** @param at before the process could serve anybody. */
  begin(id: string, at: number): void {
    this.#lives = this.#lives.filter(({ diedAt }) => diedAt > at - MEMORY_MS);
    this.#lives.push({ id, bornAt: at, diedAt: Number.POSITIVE_INFINITY });
  }

  /** @param at when it certainly served nobody any more. */
  end(id: string, at: number): void {
    const life = this.#lives.find((each) => each.id === id && each.diedAt === Number.POSITIVE_INFINITY);
    if (life !== undefined) life.diedAt = at;
  }

  /** The processes that may have served a call of this time; those of one node where `id` is given. */
  during(from: number, to: number, id?: string): readonly NodeLife[] {
    return this.#lives.filter(
      (life) => life.bornAt <= to && life.diedAt >= from && (id === undefined || life.id === id),
    );
  }
}
