import type { FuzzProperty } from './fuzz-property.ts';
import { properties } from './properties.ts';
import { runRound } from './round.ts';

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Part of the names of the properties to try; all where undefined. */
  readonly only: string | undefined;
  /** Of a failing input, as it was told; then that alone is tried. */
  readonly path: string | undefined;
}

/** Rounds of all properties, with the next seed each time, until the time is over or one fails. */
export class Fuzzing {
  readonly #options: FuzzOptions;
  /** Rounds done, and the property tried now: what the other thread watches. */
  readonly #beat: Int32Array;
  readonly #runs = new Map<string, number>();

  constructor(options: FuzzOptions, beat: Int32Array) {
    this.#options = options;
    this.#beat = beat;
  }

  static chosen({ only }: FuzzOptions): readonly FuzzProperty[] {
    return only === undefined ? properties : properties.filter(({ name }) => name.includes(only));
  }

  /** Whether all held. */
  async run(): Promise<boolean> {
    const { minutes, path, seed } = this.#options;
    const chosen = Fuzzing.chosen(this.#options);
    const endsAt = performance.now() + minutes * 60_000;
    for (let round = 0; ; round++) {
      for (const each of chosen) {
        if (round > 0 && (path !== undefined || performance.now() >= endsAt)) {
          this.#tell();
          return true;
        }
        Atomics.store(this.#beat, 1, properties.indexOf(each));
        const { failure, runs } = await runRound(each, seed + round, path);
        Atomics.add(this.#beat, 0, 1);
        this.#runs.set(each.name, (this.#runs.get(each.name) ?? 0) + runs);
        if (failure === undefined) continue;
        this.#tell();
        console.error(`\nFailed: ${failure}`);
        return false;
      }
    }
  }

  #tell(): void {
    for (const [name, runs] of this.#runs) console.log(`${String(runs).padStart(10)}  ${name}`);
    const total = [...this.#runs.values()].reduce((sum, runs) => sum + runs, 0);
    console.log(`${String(total).padStart(10)}  in all`);
  }
}
