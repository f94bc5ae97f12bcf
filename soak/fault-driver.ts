/** Lets faults happen and heals them, at times and of kinds that the seed decides. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, type Fault, type Heal } from './faults.ts';
import type { Figures } from './figures.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

const MIN_GAP_MS = 100;
const MAX_GAP_MS = 900;
const MIN_LENGTH_MS = 100;
/** Three time-outs mark a node down: now and then they have the time to. */
const MAX_LENGTH_MS = 4_000;
const MAX_AT_ONCE = 3;

interface Active {
  readonly fault: Fault;
  readonly heal: Heal;
  readonly endsAt: number;
}

export class FaultDriver {
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #figures: Figures;
  readonly #tell: (line: string) => void;
  #active: Active[] = [];

  constructor(stage: Stage, random: Random, figures: Figures, tell: (line: string) => void) {
    this.#stage = stage;
    this.#random = random;
    this.#figures = figures;
    this.#tell = tell;
  }

  /** Faults until then, and all healed. */
  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      const gap = this.#random.between(MIN_GAP_MS, MAX_GAP_MS);
      const length = this.#random.between(MIN_LENGTH_MS, MAX_LENGTH_MS);
      const fault = this.#choose();
      const details = this.#random.fork();
      await sleep(Math.min(gap, Math.max(0, untilMs - performance.now())));
      await this.#heal((each) => each.endsAt <= performance.now());
      await this.#begin(fault, length, details);
    }
    await this.#heal(() => true);
  }

  async #begin(fault: Fault, lengthMs: number, details: Random): Promise<void> {
    const busy = this.#active.some((each) => each.fault.group === fault.group && fault.group !== 'node');
    if (busy || this.#active.length >= MAX_AT_ONCE) return;
    const heal = await fault.apply(this.#stage, details);
    if (heal === undefined) return;
    this.#figures.faults.add(fault.kind);
    this.#tell(`${performance.now().toFixed()} ms: ${fault.kind}`);
    this.#active.push({ fault, heal, endsAt: performance.now() + lengthMs });
  }

  async #heal(due: (each: Active) => boolean): Promise<void> {
    const healing = this.#active.filter(due);
    this.#active = this.#active.filter((each) => !due(each));
    for (const { fault, heal } of healing) {
      await heal();
      this.#tell(`${performance.now().toFixed()} ms: healed ${fault.kind}`);
    }
  }

  #choose(): Fault {
    let roll = this.#random.below(FAULTS.reduce((sum, { weight }) => sum + weight, 0));
    for (const fault of FAULTS) {
      roll -= fault.weight;
      if (roll < 0) return fault;
    }
    throw new RangeError('No fault has so much weight');
  }
}
