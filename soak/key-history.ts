/** The writes of one key, and what a read may make of them. */
import type { NodeLife } from './node-lives.ts';

/** What a write leaves: its own value, by its number, or nothing. */
export type Content = number | 'absent';

/** Where a write may have taken effect; not known while it is under way. */
type Places = 'anywhere' | readonly NodeLife[];

/** From when to when a call was under way. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Write {
  readonly content: Content;
  readonly startedAt: number;
  /** When it has taken effect at the latest: `Infinity` while it is under way. */
  latest: number;
  /** It did take effect, in the one place there is. */
  definite: boolean;
  places: Places;
}

export type Verdict =
  | 'possible'
  /** No write of this content, or none that could be here. */
  | 'neverWritten'
  /** There was one; another was acknowledged after it, before the read began. */
  | 'overwritten';

/** No call takes longer: what was overwritten before that is seen by nobody. */
export const LONGEST_CALL_MS = 20_000;
const PRUNE_FROM = 64;

export class KeyHistory {
  #writes: Write[] = [];
  #pruneFrom = PRUNE_FROM;

  begin(content: Content, startedAt: number): Write {
    if (this.#writes.length >= this.#pruneFrom) this.#prune(startedAt - LONGEST_CALL_MS);
    const write = writeUnderWay(content, startedAt);
    this.#writes.push(write);
    return write;
  }

  /** It certainly took no effect. */
  withdraw(write: Write): void {
    this.#writes = this.#writes.filter((other) => other !== write);
  }

  /**
   * Whether a read can have found what it did, in any of the places where it may have looked.
   *
   * @param found a content, or `'present'` for any but nothing.
   * @param own a write of the same call, which it did not find itself.
   */
  judge(found: Content | 'present', span: Span, places: readonly NodeLife[], own?: Write): Verdict {
    let verdict: Verdict = 'neverWritten';
    for (const place of places) {
      const cutoff = this.#cutoff(place, span.from);
      // A process has nothing at first.
      if (found === 'absent') {
        if (place.bornAt >= cutoff) return 'possible';
        verdict = 'overwritten';
      }
      for (const write of this.#writes) {
        if (write === own || write.startedAt > span.to || !isAt(write, place)) continue;
        if (found === 'present' ? write.content === 'absent' : write.content !== found) continue;
        if (write.latest >= cutoff) return 'possible';
        verdict = 'overwritten';
      }
    }
    return verdict;
  }

  /** Writes that were certainly all of them done in one place within a span: others came between its ends. */
  wroteWithin(span: Span, place: NodeLife): boolean {
    return this.#writes.some(
      (write) =>
        write.definite && isAt(write, place) && write.startedAt > span.from && write.latest < span.to,
    );
  }

  /** The write of a content, where it is still remembered. */
  find(content: Content): Write | undefined {
    return this.#writes.find((write) => write.content === content);
  }

  /** What had taken effect before this is overwritten for whoever begins to read at `from`. */
  #cutoff(place: NodeLife, from: number): number {
    let cutoff = Number.NEGATIVE_INFINITY;
    for (const write of this.#writes) {
      if (write.definite && write.latest < from && isAt(write, place)) {
        cutoff = Math.max(cutoff, write.startedAt);
      }
    }
    return cutoff;
  }

  /** Whether nobody who begins to read at `before` can find it, wherever it may have taken effect. */
  isPast({ latest, places }: Write, before: number): boolean {
    if (places === 'anywhere') return false;
    return places.every((place) => place.diedAt < before || latest < this.#cutoff(place, before));
  }

  #prune(before: number): void {
    this.#writes = this.#writes.filter((write) => !this.isPast(write, before));
    this.#pruneFrom = this.#writes.length + PRUNE_FROM;
  }
}

/** A write that has just been asked for. */
export function writeUnderWay(content: Content, startedAt: number): Write {
  return { content, startedAt, latest: Number.POSITIVE_INFINITY, definite: false, places: 'anywhere' };
}

/** Whether it may have taken effect there. */
export function isAt(write: Write, place: NodeLife): boolean {
  return write.places === 'anywhere' || write.places.includes(place);
}
