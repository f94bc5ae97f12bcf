/**
 * Keys that count. A counter is set to its generation times a million, so that each value that it has
 * later tells which `set` it goes back to, and how often it was counted up since.
 */
import { isUnsent } from './attempts.ts';
import type { Desk } from './desk.ts';
import { type KeyHistory, LONGEST_CALL_MS, type Write, writeUnderWay } from './key-history.ts';
import type { Settled } from './ledger.ts';
import type { NodeLife } from './node-lives.ts';
import type { Random } from './random.ts';

const UNIT = 1_000_000;
/** Generations remembered of one counter in one process. */
const MAX_GENERATIONS = 50;

/** What is known of one generation in one process. */
interface Generation {
  /** Steps acknowledged with a result of this generation. */
  steps: number;
  readonly results: Set<number>;
  /** The highest count that was seen, by when: counts only grow. */
  seen: readonly { readonly count: number; readonly to: number }[];
}

/** One counter. */
class Counter {
  readonly #generations = new Map<NodeLife, Map<number, Generation>>();
  /** Steps under way, and those of which nobody knows what became. */
  #unsure: Write[] = [];

  begin(sequence: number, startedAt: number): Write {
    const write = writeUnderWay(sequence, startedAt);
    this.#unsure.push(write);
    return write;
  }

  /** It is known what became of the step. */
  known(write: Write): void {
    this.#unsure = this.#unsure.filter((other) => other !== write);
  }

  /** Steps that may have come after `since` without anybody having been told. */
  unsureSince(since: number): number {
    return this.#unsure.filter(({ latest }) => latest >= since).length;
  }

  forget(base: KeyHistory, before: number): void {
    this.#unsure = this.#unsure.filter((write) => !base.isPast(write, before));
    for (const life of this.#generations.keys()) {
      if (life.diedAt < before) this.#generations.delete(life);
    }
  }

  generation(life: NodeLife, number: number): Generation {
    let generations = this.#generations.get(life);
    if (generations === undefined) {
      generations = new Map();
      this.#generations.set(life, generations);
    }
    let generation = generations.get(number);
    if (generation === undefined) {
      generation = { steps: 0, results: new Set(), seen: [] };
      generations.set(number, generation);
      for (const oldest of generations.keys()) {
        if (generations.size <= MAX_GENERATIONS) break;
        generations.delete(oldest);
      }
    }
    return generation;
  }
}

export class CounterKeys {
  readonly #desk: Desk;
  readonly #counters: ReadonlyMap<string, Counter>;

  constructor(desk: Desk, count: number) {
    this.#desk = desk;
    const names = Array.from({ length: count }, (_, i) => `${desk.ledger.name}:counter:${i}`);
    this.#counters = new Map(names.map((name) => [name, new Counter()]));
  }

  async step(random: Random): Promise<void> {
    const [key, counter] = random.pick([...this.#counters]);
    const roll = random.below(100);
    if (roll < 8) return this.#reset(key, counter);
    if (roll < 75) return this.#increment(key, counter);
    return this.#get(key, counter);
  }

  async #reset(key: string, counter: Counter): Promise<void> {
    const { attempts, client, ledger, nextSequence, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    counter.forget(ledger.history(key), call.from - LONGEST_CALL_MS);
    const generation = nextSequence();
    const write = ledger.begin(call, generation);
    const value = generation * UNIT;
    const outcome = await attempts.make('set', call.owner, timeoutMs, () => client.set(key, value));
    const settled = ledger.settle(call);
    if (outcome.kind === 'answered') ledger.done(write, settled);
    else if (isUnsent(outcome.error)) ledger.undone(write, settled);
    else ledger.unknown(write, settled);
  }

  async #increment(key: string, counter: Counter): Promise<void> {
    const { attempts, client, ledger, nextSequence, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const step = counter.begin(nextSequence(), call.from);
    const outcome = await attempts.make('incr', call.owner, timeoutMs, () => client.incr(key));
    const settled = ledger.settle(call);
    if (outcome.kind === 'failed') {
      if (isUnsent(outcome.error) && settled.place !== undefined) counter.known(step);
      else ledger.unknown(step, settled);
      return;
    }
    if (outcome.value === undefined) {
      counter.known(step);
      ledger.found('absent', settled);
      return;
    }
    if (settled.place === undefined) {
      ledger.unknown(step, settled);
      this.#check(counter, settled, outcome.value);
      return;
    }
    counter.known(step);
    const { count, number } = split(outcome.value);
    const generation = counter.generation(settled.place, number);
    generation.steps++;
    this.#check(counter, settled, outcome.value);
    if (generation.results.has(count) && this.#isSingle(key, number))
      ledger.violate('a lost or doubled count', settled, `two steps resolved to ${outcome.value}`);
    generation.results.add(count);
  }

  async #get(key: string, counter: Counter): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const outcome = await attempts.make('get', call.owner, timeoutMs, () => client.get(key));
    if (outcome.kind === 'failed') return;
    const settled = ledger.settle(call);
    if (outcome.value === undefined) ledger.found('absent', settled);
    else this.#check(counter, settled, outcome.value);
  }

  #check(counter: Counter, settled: Settled, value: unknown): void {
    const { figures, ledger } = this.#desk;
    figures.checkedReads++;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      ledger.violate('a value that is not whole', settled, JSON.stringify(value));
      return;
    }
    const { count, number } = split(value);
    ledger.found(number, settled);
    const write = ledger.history(settled.key).find(number);
    const { place } = settled;
    if (write === undefined || place === undefined) return;
    const generation = counter.generation(place, number);
    const most = generation.steps + counter.unsureSince(write.startedAt);
    const least = write.definite
      ? Math.max(0, ...generation.seen.filter(({ to }) => to < settled.from).map((each) => each.count))
      : 0;
    if (count < least || count > most) {
      ledger.violate(
        'a lost or doubled count',
        settled,
        `${count} steps of ${number}, not ${least} to ${most}`,
      );
    }
    generation.seen = withSeen(generation.seen, count, settled.to);
  }

  /** A `set` that was sent again to another node may have been done twice. */
  #isSingle(key: string, number: number): boolean {
    return this.#desk.ledger.history(key).find(number)?.definite ?? false;
  }
}

function split(value: number): { readonly number: number; readonly count: number } {
  return { number: Math.floor(value / UNIT), count: value % UNIT };
}

/** Those that no later one makes needless: the counts of the last calls, and the highest before them. */
function withSeen(seen: Generation['seen'], count: number, to: number): Generation['seen'] {
  const old = seen.filter((each) => each.to < to - LONGEST_CALL_MS);
  const recent = seen.filter((each) => each.to >= to - LONGEST_CALL_MS);
  const highest = old.reduce<Generation['seen']>(
    (best, each) => (each.count >= (best[0]?.count ?? 0) ? [each] : best),
    [],
  );
  return [...highest, ...recent, { count, to }];
}
