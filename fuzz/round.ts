import fc from 'fast-check';
import type { FuzzProperty } from './fuzz-property.ts';

export interface Round {
  readonly runs: number;
  /** The input that fails, made as small as it could be, and how to try it again. */
  readonly failure: string | undefined;
}

/** Tries a property on as many inputs as make a round, all of them made from the seed. */
export async function runRound(each: FuzzProperty, seed: number, path?: string): Promise<Round> {
  const details = await fc.check(each.property, {
    seed,
    numRuns: each.runs,
    ...(path === undefined ? {} : { path }),
  });
  if (!details.failed) return { runs: details.numRuns, failure: undefined };
  const { counterexamplePath } = details;
  const at = counterexamplePath === null ? '' : ` --path ${counterexamplePath}`;
  const again = `npm run fuzz -- --only '${each.name}' --seed ${seed}${at}`;
  return {
    runs: details.numRuns,
    failure: `${each.name}\n${await fc.asyncDefaultReportMessage(details)}\nAgain: ${again}`,
  };
}
