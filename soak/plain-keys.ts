/** Keys that hold a value of their own each: every verb that reads, writes or deletes whole values. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from './attempts.ts';
import { isUnsent } from './attempts.ts';
import type { Desk } from './desk.ts';
import type { Write } from './key-history.ts';
import type { Call, Settled } from './ledger.ts';
import type { Random } from './random.ts';
import { readStamp, stampedObject, stampedText } from './stamp.ts';

const LONG_TTL_SECONDS = 3_600;
const SHORT_TTL_SECONDS = 3;
const MAX_CAS_PAUSE_MS = 10;
/** For calls that must succeed, however busy the machine is. */
const PATIENT_MS = 10_000;

export class PlainKeys {
  readonly #desk: Desk;
  readonly #keys: readonly string[];

  constructor(desk: Desk, count: number) {
    this.#desk = desk;
    this.#keys = Array.from({ length: count }, (_, i) => `${desk.ledger.name}:plain:${i}`);
  }

  /** One call, or two that belong together. */
  async step(random: Random): Promise<void> {
    const key = random.pick(this.#keys);
    const roll = random.below(100);
    if (roll < 30) return this.#get(key, random);
    if (roll < 50) return this.#set(key, random);
    if (roll < 62) return this.#getMany(random);
    if (roll < 70) return this.#setMany(random);
    if (roll < 78) return this.#delete(key);
    if (roll < 84) return this.#touch(key, random);
    if (roll < 88) return this.#add(key, random);
    return this.#cas(key, random);
  }

  /**
   * Sets and gets each key, all at once, so that afterwards each node has as many connections as it may
   * have: what must work where nothing is wrong. Gives the errors.
   */
  async visitAll(random: Random): Promise<readonly Error[]> {
    const errors: Error[] = [];
    const visits = this.#keys.map(async (key) => {
      await this.#set(key, random, errors);
      await this.#get(key, random, errors);
    });
    await Promise.all(visits);
    return errors;
  }

  // ---- reading

  async #get(key: string, random: Random, errors?: Error[]): Promise<void> {
    const { attempts, client, ledger, signal, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const roll = random.below(20);
    const aborting = roll === 0 && errors === undefined ? new AbortController() : undefined;
    const timer = aborting && setTimeout(() => aborting.abort(), random.below(5));
    const outcome = await attempts.make('get', call.owner, errors ? PATIENT_MS : timeoutMs, () => {
      if (errors !== undefined) return client.get(key, { timeoutMs: PATIENT_MS });
      if (aborting !== undefined) return client.get(key, { signal: aborting.signal });
      if (roll === 1) return client.getAndTouch(key, LONG_TTL_SECONDS);
      return roll < 4 ? client.get(key, { signal }) : client.get(key);
    });
    clearTimeout(timer);
    if (outcome.kind === 'answered') this.#read(ledger.settle(call), outcome.value);
    else errors?.push(outcome.error);
  }

  async #getMany(random: Random): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const keys = this.#some(random, 30);
    const calls = keys.map((key) => ledger.call(key));
    const outcome = await attempts.make('getMany', undefined, timeoutMs, () => client.getMany(keys));
    if (outcome.kind === 'failed') return;
    for (const call of calls) this.#read(ledger.settle(call), outcome.value.get(call.key));
  }

  #read(settled: Settled, value: unknown): void {
    const { figures, ledger } = this.#desk;
    figures.checkedReads++;
    if (value === undefined) {
      ledger.found('absent', settled);
      return;
    }
    const stamp = readStamp(value);
    if (stamp === undefined) ledger.violate('a value that is not whole', settled, JSON.stringify(value));
    else if (stamp.key !== settled.key) ledger.violate('the value of another key', settled, stamp.key);
    else ledger.found(stamp.sequence, settled);
  }

  async #touch(key: string, random: Random): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const ttl = random.chance(50) ? LONG_TTL_SECONDS : null;
    const outcome = await attempts.make('touch', call.owner, timeoutMs, () => client.touch(key, ttl));
    if (outcome.kind === 'failed') return;
    const settled = ledger.settle(call);
    if (outcome.value) ledger.foundPresent(settled);
    else ledger.found('absent', settled);
  }

  // ---- writing

  async #set(key: string, random: Random, errors?: Error[]): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const { value, write } = this.#newValue(call, random);
    const ttl = random.chance(5) ? SHORT_TTL_SECONDS : random.chance(20) ? LONG_TTL_SECONDS : null;
    const limitMs = errors === undefined ? timeoutMs : PATIENT_MS;
    const outcome = await attempts.make('set', call.owner, limitMs, () =>
      client.set(key, value, { ttl, timeoutMs: limitMs }),
    );
    const settled = ledger.settle(call);
    if (ttl === SHORT_TTL_SECONDS) ledger.expires(settled, ttl);
    if (outcome.kind === 'failed') errors?.push(outcome.error);
    this.#stored(write, settled, outcome);
  }

  async #setMany(random: Random): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const made = this.#some(random, 15).map((key) => {
      const call = ledger.call(key);
      return { call, ...this.#newValue(call, random) };
    });
    const entries = made.map(({ call, value }) => [call.key, value] as const);
    const outcome = await attempts.make('setMany', undefined, timeoutMs, () => client.setMany(entries));
    const failed = new Set(outcome.kind === 'answered' ? outcome.value : []);
    for (const { call, write } of made) {
      const settled = ledger.settle(call);
      if (failed.has(call.key)) ledger.unknown(write, settled);
      else
        this.#stored(write, settled, outcome.kind === 'failed' ? outcome : { kind: 'answered', value: true });
    }
  }

  async #add(key: string, random: Random): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const { value, write } = this.#newValue(call, random);
    const outcome = await attempts.make('add', call.owner, timeoutMs, () => client.add(key, value));
    const settled = ledger.settle(call);
    if (outcome.kind === 'failed') return this.#unanswered(write, settled, outcome.error);
    if (outcome.value) {
      ledger.found('absent', settled, write);
      ledger.done(write, settled);
    } else {
      ledger.foundPresent(settled, write);
      ledger.undone(write, settled);
    }
  }

  async #delete(key: string): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const call = ledger.call(key);
    const write = ledger.begin(call, 'absent');
    const outcome = await attempts.make('delete', call.owner, timeoutMs, () => client.delete(key));
    const settled = ledger.settle(call);
    if (outcome.kind === 'failed') return ledger.owed(write, settled, !isUnsent(outcome.error));
    if (outcome.value) ledger.foundPresent(settled, write);
    else ledger.found('absent', settled, write);
    ledger.done(write, settled);
  }

  async #cas(key: string, random: Random): Promise<void> {
    const { attempts, client, ledger, timeoutMs } = this.#desk;
    const reading = ledger.call(key);
    const read = await attempts.make('gets', reading.owner, timeoutMs, () => client.gets(key));
    if (read.kind === 'failed') return;
    const known = ledger.settle(reading);
    this.#read(known, read.value?.value);
    if (read.value === undefined) return;
    const { casToken } = read.value;
    // Time for others to come between.
    await sleep(random.below(MAX_CAS_PAUSE_MS));
    const call = ledger.call(key);
    const { value, write } = this.#newValue(call, random);
    const outcome = await attempts.make('cas', call.owner, timeoutMs, () => client.cas(key, value, casToken));
    const settled = ledger.settle(call);
    if (outcome.kind === 'failed') return this.#unanswered(write, settled, outcome.error);
    if (outcome.value !== 'stored') {
      if (outcome.value === 'notFound') ledger.found('absent', settled, write);
      return ledger.undone(write, settled);
    }
    const between = { from: known.to, to: settled.from };
    if (settled.place !== undefined && settled.place === known.place) {
      if (ledger.history(key).wroteWithin(between, settled.place))
        ledger.violate('a cas over another write', settled, `read at ${known.to.toFixed(1)} ms`);
    }
    ledger.done(write, settled);
  }

  #newValue(call: Call, random: Random): { readonly value: unknown; readonly write: Write } {
    const sequence = this.#desk.nextSequence();
    const write = this.#desk.ledger.begin(call, sequence);
    const stamp = { key: call.key, sequence };
    const size = random.chance(5) ? random.between(5_000, 30_000) : random.below(300);
    return { value: random.chance(50) ? stampedText(stamp, size) : stampedObject(stamp, size), write };
  }

  #stored(write: Write, settled: Settled, outcome: Outcome<boolean>): void {
    const { ledger } = this.#desk;
    if (outcome.kind === 'failed') {
      this.#unanswered(write, settled, outcome.error);
      return;
    }
    if (!outcome.value) ledger.violate('an error that had no cause', settled, 'set resolved to false');
    ledger.done(write, settled);
  }

  #unanswered(write: Write, settled: Settled, error: Error): void {
    if (isUnsent(error)) this.#desk.ledger.undone(write, settled);
    else this.#desk.ledger.unknown(write, settled);
  }

  /** Different keys, up to so many. */
  #some(random: Random, most: number): string[] {
    const count = random.between(1, most);
    return [...new Set(Array.from({ length: count }, () => random.pick(this.#keys)))];
  }
}
