/** Declares a fault: a test, and a line of the table in docs/faults.md. */
import { test } from 'vitest';
import type { EngineKind } from '../../src/testing/index.ts';
import { FaultGround } from './fault-ground.ts';

export interface Fault {
  /** Its place in the table. */
  readonly number: number;
  /** What goes wrong. */
  readonly name: string;
  /** What memfleet does then: what the scenario asserts. */
  readonly behaviour: string;
  /** Where the servers matter, each kind the fault is injected into. */
  readonly engines?: readonly EngineKind[];
}

/** What a run of a fault leaves for the table. */
export interface FaultRecord {
  readonly number: number;
  readonly name: string;
  readonly behaviour: string;
  readonly engine?: EngineKind;
  /** What was measured; absent where the scenario failed. */
  readonly figure?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultRecord;
  }
}

/** Scenarios take seconds; a busy machine may take many. */
const LIMIT_MS = 60_000;

/** Real processes, and the servers of memfleet/testing. */
export const BOTH: readonly EngineKind[] = ['memcached', 'embedded'];

/**
 * @param scenario makes it happen, asserts the behaviour, and gives the figure it measured. Its bounds on
 *   time are wide: the figure says how it was, the assertion only what must not be.
 */
export function fault(declared: Fault, scenario: (ground: FaultGround) => Promise<string>): void {
  const { number, name, behaviour, engines } = declared;
  const run = (title: string, engine: EngineKind | undefined): void =>
    test(title, { timeout: LIMIT_MS }, async ({ task }) => {
      const record = { number, name, behaviour, ...(engine === undefined ? {} : { engine }) };
      task.meta.fault = record;
      const figure = await scenario(new FaultGround(engine ?? 'embedded'));
      task.meta.fault = { ...record, figure };
    });
  if (engines === undefined) run(name, undefined);
  else for (const engine of engines) run(`${name} (${engine})`, engine);
}
