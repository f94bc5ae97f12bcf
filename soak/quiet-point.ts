/** All is healed: now everything must work, and nothing may be left of what was. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Crowd } from './crowd.ts';
import type { Random } from './random.ts';
import { measure, type Resources } from './resources.ts';
import type { Stage } from './stage.ts';
import type { Violations } from './violations.ts';

/** A node that went down again and again is probed half a minute apart at the most. */
const RECOVERY_MS = 60_000;
/** A removed node may take so long to answer what it was sent. */
const DRAIN_MS = 15_000;
const LOOK_MS = 50;

export interface QuietPoint {
  readonly stage: Stage;
  readonly crowds: readonly Crowd[];
  readonly violations: Violations;
  readonly random: Random;
  readonly nodes: number;
}

export async function quietPoint({
  crowds,
  nodes,
  random,
  stage,
  violations,
}: QuietPoint): Promise<Resources> {
  const { cluster } = stage;
  // As many as at first, so that what is counted can be compared.
  while (cluster.nodes.length > nodes) await stage.remove(random.pick(cluster.nodes));
  while (cluster.nodes.length < nodes) await stage.add();
  for (const crowd of crowds) crowd.pause();
  const attempts = crowds[0]?.desk.attempts;
  await within(DRAIN_MS, () => (attempts?.pending ?? 0) === 0);
  // A reply that is to be spoilt or cut short may not have come yet.
  for (const crowd of crowds) await crowd.visitAll(random);
  for (const crowd of crowds) {
    const { client, ledger } = crowd.desk;
    const recovered = await within(RECOVERY_MS, () => {
      const known = client.topology?.nodes.map(({ id }) => id).toSorted();
      const there = cluster.nodes.map(({ id }) => id).toSorted();
      // One that is only suspected is cleared by the next reply.
      const healthy = client.snapshot().nodes.every(({ health }) => health === 'up' || health === 'suspect');
      return String(known) === String(there) && healthy;
    });
    if (!recovered) {
      const { discovery, nodes: seen } = client.snapshot();
      const health = seen.map(({ health, id }) => `${id} ${health}`).join(', ');
      violations.add(
        'a failure after all was healed',
        `${ledger.name}: nodes ${health}, not ${cluster.nodes.map(({ id }) => id)}; ${JSON.stringify(discovery)}`,
      );
    }
  }
  for (const crowd of crowds) {
    const { client, ledger } = crowd.desk;
    for (const error of await crowd.visitAll(random))
      violations.add('a failure after all was healed', `${ledger.name}: ${error.name}: ${error.message}`);
    const drained = await within(DRAIN_MS, () => client.snapshot().draining.length === 0);
    if (!drained) violations.add('a failure after all was healed', `${ledger.name}: nodes still drain`);
  }
  const resources = measure(
    crowds.map(({ desk }) => desk.client),
    (crowds[0] as Crowd).desk.signal,
  );
  attempts?.restart();
  for (const crowd of crowds) crowd.resume();
  return resources;
}

/** By looks, not by the clock: a machine that was frozen meanwhile has its time still. */
async function within(limitMs: number, holds: () => boolean): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += LOOK_MS) {
    if (holds()) return true;
    await sleep(LOOK_MS);
  }
  return holds();
}
