/** What one client wrote, and what it may therefore read: whatever its nodes went through meanwhile. */
import type { MemcachedClient } from '../src/index.ts';
import { type Content, KeyHistory, type Span, type Verdict, type Write } from './key-history.ts';
import type { NodeLife, NodeLives } from './node-lives.ts';
import type { ViolationKind, Violations } from './violations.ts';

/** A call under way, and where it was sent. */
export interface Call {
  readonly key: string;
  readonly from: number;
  readonly owner: string;
  /** Counts the topologies: where another came, the call may have been sent elsewhere, or twice. */
  readonly topology: number;
}

/** A call that is settled, and the processes that may have served it. */
export interface Settled extends Span {
  readonly key: string;
  readonly places: readonly NodeLife[];
  /** The one process that served it, where there can be no other. */
  readonly place: NodeLife | undefined;
}

/**
 * How long after its failure a write may still take effect: its bytes may lie in a connection that was
 * given up, before a process that hangs.
 */
const HORIZON_MS = 15_000;

/** What is so much earlier is before a call that begins then. */
const INSTANT_MS = 0.001;

/** A delete that failed: the client makes up for it before its node serves anything else. */
interface Owed {
  readonly write: Write;
  readonly failedAt: number;
}

export class Ledger {
  readonly name: string;
  readonly violations: Violations;
  readonly #client: MemcachedClient;
  readonly #lives: NodeLives;
  readonly #keys = new Map<string, KeyHistory>();
  /** Deletes that a process has not heard of, or may not have, in the order in which they failed. */
  readonly #owed = new Map<NodeLife, Owed[]>();
  #topology = 0;

  constructor(name: string, client: MemcachedClient, lives: NodeLives, violations: Violations) {
    this.name = name;
    this.violations = violations;
    this.#client = client;
    this.#lives = lives;
    client.on('topology', () => {
      this.#topology++;
    });
  }

  history(key: string): KeyHistory {
    let history = this.#keys.get(key);
    if (history === undefined) {
      history = new KeyHistory();
      this.#keys.set(key, history);
    }
    return history;
  }

  /** To be called in the turn in which the call is made. */
  call(key: string): Call {
    const owner = this.#client.nodeFor(key).id;
    return { key, owner, from: performance.now(), topology: this.#topology };
  }

  settle(call: Call): Settled {
    const { from, key } = call;
    const to = performance.now();
    const sameTopology = call.topology === this.#topology;
    const places = this.#lives.during(from, to, sameTopology ? call.owner : undefined);
    return { key, from, to, places, place: sameTopology && places.length === 1 ? places[0] : undefined };
  }

  // ---- writes

  begin(call: Call, content: Content): Write {
    return this.history(call.key).begin(content, call.from);
  }

  /** It was acknowledged. */
  done(write: Write, settled: Settled): void {
    this.#served(settled);
    const { place, places, to } = settled;
    if (places.length === 0) this.violate('an answer from no process', settled, 'a write was acknowledged');
    write.places = places;
    write.definite = place !== undefined;
    write.latest = write.definite ? to : to + HORIZON_MS;
  }

  /**
   * A delete failed. It is done at the latest when its process serves again; or later, where its bytes
   * may lie in a connection.
   *
   * @param isSent whether they may.
   */
  owed(write: Write, settled: Settled, isSent: boolean): void {
    const { place, to } = settled;
    this.unknown(write, settled);
    if (place === undefined) return;
    write.latest = Number.POSITIVE_INFINITY;
    const owed = this.#owed.get(place) ?? [];
    owed.push({ write, failedAt: isSent ? to + HORIZON_MS : to });
    this.#owed.set(place, owed);
  }

  /** Nobody knows whether it took effect, or will. */
  unknown(write: Write, settled: Settled): void {
    write.places = settled.places;
    write.latest = settled.to + HORIZON_MS;
  }

  /** The library says that nothing was sent, or the server that nothing was done. */
  undone(write: Write, settled: Settled): void {
    // What was retried elsewhere may have been done where it was sent first.
    if (settled.place === undefined && settled.places.length > 1) this.unknown(write, settled);
    else this.history(settled.key).withdraw(write);
  }

  /** A value with a ttl: nothing may be there from about then on. */
  expires(settled: Settled, ttlSeconds: number): void {
    const absence = this.history(settled.key).begin('absent', settled.from + (ttlSeconds - 1) * 1_000);
    absence.places = settled.places;
    absence.latest = settled.to + (ttlSeconds + 2) * 1_000;
  }

  // ---- reads

  /** A read found this write's value, or nothing. */
  found(content: Content, settled: Settled, own?: Write): void {
    const verdict = this.#judge(content, settled, own);
    if (verdict === 'possible') return;
    if (content === 'absent') this.violate('a miss of what was stored', settled, verdict);
    else {
      const kind = verdict === 'overwritten' ? 'a value older than may be' : 'a value never written there';
      this.violate(kind, settled, `write ${content}`);
    }
  }

  /** A call found that there was something. */
  foundPresent(settled: Settled, own?: Write): void {
    const verdict = this.#judge('present', settled, own);
    if (verdict !== 'possible') this.violate('a hit of what was deleted', settled, verdict);
  }

  /** A call was answered: what was owed when it was made was done before it. */
  #served({ from, place }: Settled): void {
    const owed = place && this.#owed.get(place);
    if (owed === undefined) return;
    const left: Owed[] = [];
    for (const each of owed) {
      if (each.failedAt >= from) left.push(each);
      else each.write.latest = from - INSTANT_MS;
    }
    if (left.length > 0) this.#owed.set(place as NodeLife, left);
    else this.#owed.delete(place as NodeLife);
  }

  #judge(found: Content | 'present', settled: Settled, own: Write | undefined): Verdict {
    const { key, places } = settled;
    this.#served(settled);
    if (places.length === 0) {
      this.violate('an answer from no process', settled, `it found ${found}`);
      return 'possible';
    }
    return this.history(key).judge(found, settled, places, own);
  }

  violate(kind: ViolationKind, settled: Settled, details: string): void {
    const { from, key, places, to } = settled;
    const where = places.map(({ id, bornAt }) => `${id} since ${bornAt.toFixed()}`).join(', ');
    this.violations.add(
      kind,
      `${this.name} ${key}, ${from.toFixed(1)} to ${to.toFixed(1)} ms, at ${where || 'nobody'}: ${details}`,
    );
  }
}
