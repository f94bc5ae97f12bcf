/** Many callers of one client, each with a call under way most of the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CounterKeys } from './counter-keys.ts';
import type { Desk } from './desk.ts';
import { LogKeys } from './log-keys.ts';
import { PlainKeys } from './plain-keys.ts';
import type { Random } from './random.ts';

const PLAIN_KEYS = 150;
const COUNTERS = 12;
const LOGS = 8;
/** Calls that one caller makes without waiting, now and then: a burst is a pipeline. */
const BURST = 25;
const MAX_PAUSE_MS = 30;
const STOPPED_MS = 5;

export class Crowd {
  readonly desk: Desk;
  readonly #plain: PlainKeys;
  readonly #counters: CounterKeys;
  readonly #logs: LogKeys;
  #pausing = false;
  #ended = false;

  constructor(desk: Desk) {
    this.desk = desk;
    this.#plain = new PlainKeys(desk, PLAIN_KEYS);
    this.#counters = new CounterKeys(desk, COUNTERS);
    this.#logs = new LogKeys(desk, LOGS);
  }

  /** Resolves once all callers have ended; rejects where one of them has a mistake in it. */
  async run(callers: number, random: Random): Promise<void> {
    await Promise.all(Array.from({ length: callers }, () => this.#call(random.fork())));
  }

  pause(): void {
    this.#pausing = true;
  }

  resume(): void {
    this.#pausing = false;
  }

  end(): void {
    this.#ended = true;
  }

  /** Sets and gets each key; see {@link PlainKeys.visitAll}. */
  visitAll(random: Random): Promise<readonly Error[]> {
    return this.#plain.visitAll(random);
  }

  async #call(random: Random): Promise<void> {
    while (!this.#ended) {
      if (this.#pausing) await sleep(STOPPED_MS);
      else if (random.chance(1)) await Promise.all(Array.from({ length: BURST }, () => this.#step(random)));
      else {
        await this.#step(random);
        await sleep(random.below(MAX_PAUSE_MS));
      }
    }
  }

  #step(random: Random): Promise<void> {
    const roll = random.below(100);
    if (roll < 70) return this.#plain.step(random);
    return roll < 87 ? this.#counters.step(random) : this.#logs.step(random);
  }
}
