/** Keys that others are appended to: a first entry by `set`, and those that `append` puts behind it. */
import { isUnsent } from './attempts.ts';
import type { Desk } from './desk.ts';
import { isAt, type KeyHistory, LONGEST_CALL_MS, type Write, writeUnderWay } from './key-history.ts';
import type { Settled } from './ledger.ts';
import type { NodeLife } from './node-lives.ts';
import type { Random } from './random.ts';
import { readEntries, type Stamp, stampedEntry } from './stamp.ts';

/** Bytes after which a log is begun anew. */
const LONG_LOG = 3_000;
const PRUNE_FROM = 200;

/** Of one key: what was appended, by its number. */
type Appends = Map<number, Write>;

export class LogKeys {
  readonly #desk: Desk;
  readonly #logs: ReadonlyMap<string, Appends>;

  constructor(desk: Desk, count: number) {
    this.#desk = desk;
    const names = Array.from({ length: count }, (_, i) => `${desk.ledger.name}:log:${i}`);
    this.#logs = new Map(names.map((name) => [name, new Map()]));
  }

  async step(random: Random): Promise<void> {
    const [key, appends] = random.pick([...this.#logs]);
    const roll = random.below(100);
    if (roll < 6) return this.#begin(key, appends);
    if (roll < 65) return this.#append(key, appends);
    return this.#get(key, appends);
  }

  async #begin(key: string, appends: Appends): Promise<void> {
    const { attempts, client, ledger, nextSequence, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const history = ledger.history(key);
    if (appends.size >= PRUNE_FROM) forget(appends, history, call.from - LONGEST_CALL_MS);
    const sequence = nextSequence();
    const write = ledger.begin(call, sequence);
    const value = stampedEntry({ key, sequence });
    const outcome = await attempts.make('set', call.owner, timeoutMs, () => client.set(key, value));
    const settled = ledger.settle(call);
    if (outcome.kind === 'answered') ledger.done(write, settled);
    else if (isUnsent(outcome.error)) ledger.undone(write, settled);
    else ledger.unknown(write, settled);
  }

  async #append(key: string, appends: Appends): Promise<void> {
    const { attempts, client, ledger, nextSequence, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const sequence = nextSequence();
    const write = writeUnderWay(sequence, call.from);
    appends.set(sequence, write);
    const value = stampedEntry({ key, sequence });
    const outcome = await attempts.make('append', call.owner, timeoutMs, () => client.append(key, value));
    const settled = ledger.settle(call);
    if (outcome.kind === 'answered' && outcome.value) {
      ledger.foundPresent(settled);
      ledger.done(write, settled);
    } else if (outcome.kind === 'answered') {
      ledger.found('absent', settled);
      appends.delete(sequence);
    } else if (isUnsent(outcome.error) && settled.place !== undefined) appends.delete(sequence);
    else ledger.unknown(write, settled);
  }

  async #get(key: string, appends: Appends): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const outcome = await attempts.make('get', call.owner, timeoutMs, () => client.get(key));
    if (outcome.kind === 'failed') return;
    const settled = ledger.settle(call);
    if (outcome.value === undefined) ledger.found('absent', settled);
    else this.#check(appends, settled, outcome.value);
    if (String(outcome.value).length > LONG_LOG) await this.#begin(key, appends);
  }

  #check(appends: Appends, settled: Settled, value: unknown): void {
    const { figures, ledger } = this.#desk;
    figures.checkedReads++;
    const entries = readEntries(value);
    const [first, ...others] = entries ?? [];
    if (first === undefined) {
      ledger.violate('a value that is not whole', settled, JSON.stringify(value));
      return;
    }
    const stranger = entries?.find(({ key }) => key !== settled.key);
    if (stranger !== undefined) {
      ledger.violate('the value of another key', settled, stranger.key);
      return;
    }
    ledger.found(first.sequence, settled);
    const base = ledger.history(settled.key).find(first.sequence);
    if (base === undefined || settled.place === undefined) return;
    for (const problem of problems(appends, base, others, settled, settled.place)) {
      ledger.violate('a lost, doubled or misplaced append', settled, `${problem} behind ${first.sequence}`);
    }
  }
}

/** What cannot be of the entries behind a first one. */
function problems(
  appends: Appends,
  base: Write,
  entries: readonly Stamp[],
  { from }: Settled,
  place: NodeLife,
): string[] {
  const found: string[] = [];
  const sequences = entries.map(({ sequence }) => sequence);
  if (new Set(sequences).size < sequences.length) found.push('one twice');
  /** The latest start of those before: what ended before it came before it. */
  let startedAt = Number.NEGATIVE_INFINITY;
  for (const sequence of sequences) {
    const write = appends.get(sequence);
    if (write === undefined || !isAt(write, place)) found.push(`${sequence}, never appended there`);
    else if (write.latest < base.startedAt) found.push(`${sequence}, appended before it`);
    else if (write.definite) {
      if (write.latest < startedAt) found.push(`${sequence}, out of order`);
      startedAt = Math.max(startedAt, write.startedAt);
    }
  }
  if (!base.definite) return found;
  const here = new Set(sequences);
  for (const [sequence, write] of appends) {
    const due = write.definite && isAt(write, place) && write.startedAt > base.latest && write.latest < from;
    if (due && !here.has(sequence)) found.push(`not ${sequence}`);
  }
  return found;
}

function forget(appends: Appends, history: KeyHistory, before: number): void {
  for (const [sequence, write] of appends) if (history.isPast(write, before)) appends.delete(sequence);
}
