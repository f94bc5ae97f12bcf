/** One run: callers that go on, faults that come and go, and quiet points at which all is compared. */
import type { EngineKind } from '../src/testing/index.ts';
import { Attempts } from './attempts.ts';
import { ConnectionCount, mostConnections, openClients, TIMEOUT_MS } from './clients.ts';
import { Crowd } from './crowd.ts';
import { FaultDriver } from './fault-driver.ts';
import { Figures } from './figures.ts';
import { Ledger } from './ledger.ts';
import { quietPoint } from './quiet-point.ts';
import { Random } from './random.ts';
import { growth, type Resources } from './resources.ts';
import { Stage } from './stage.ts';
import { Violations } from './violations.ts';

export interface SoakOptions {
  readonly engine: EngineKind;
  readonly minutes: number;
  readonly nodes: number;
  readonly seed: number;
  /** Callers of each client. */
  readonly callers: number;
  readonly verbose: boolean;
  readonly tell: (line: string) => void;
}

export interface Result {
  readonly figures: Figures;
  readonly violations: Violations;
  /** At the first quiet point, and at the last. */
  readonly before: Resources;
  readonly after: Resources;
}

const MAX_WARM_UP_MS = 20_000;
/** Between two quiet points. */
const SEGMENT_MS = 60_000;
const END_MS = 15_000;
const COUNT_MS = 200;

export async function soak(options: SoakOptions): Promise<Result> {
  const { callers, engine, minutes, nodes, seed, tell, verbose } = options;
  const random = new Random(seed);
  const figures = new Figures();
  const violations = new Violations(tell);
  const unwatch = watchProcess(violations);
  const stage = await Stage.open(engine, nodes);
  const attempts = new Attempts(figures, violations, stage);
  const clients = openClients(stage, engine, figures);
  const { signal } = new AbortController();
  let sequence = 0;
  const crowds = [...clients].map(([name, client]) => {
    const ledger = new Ledger(name, client, stage.lives, violations);
    const nextSequence = (): number => ++sequence;
    return new Crowd({ client, ledger, attempts, figures, signal, nextSequence, timeoutMs: TIMEOUT_MS });
  });
  await Promise.all([...clients.values()].map((client) => client.ready()));
  const count = new ConnectionCount(figures, [...clients.values()]);
  const counting = setInterval(() => count.take(), COUNT_MS);
  const driver = new FaultDriver(stage, random.fork(), figures, verbose ? tell : () => undefined);
  const running = Promise.all(crowds.map((crowd) => crowd.run(callers, random.fork())));
  const quiet = async (): Promise<Resources> => {
    const held = await quietPoint({ stage, crowds, violations, random, nodes });
    if (verbose) tell(`Held: ${JSON.stringify(held)}`);
    return held;
  };

  const endsAt = performance.now() + minutes * 60_000;
  await driver.run(performance.now() + Math.min(MAX_WARM_UP_MS, minutes * 15_000));
  const before = await quiet();
  // A client has fewer than it may have, where a node was down shortly before.
  const allowed = { ...before, connections: mostConnections(nodes) };
  let after = before;
  while (performance.now() < endsAt) {
    await driver.run(Math.min(endsAt, performance.now() + SEGMENT_MS));
    after = await quiet();
    for (const more of growth(allowed, after)) violations.add('growth', more);
  }

  for (const crowd of crowds) crowd.end();
  // Calls that are never settled are told of already; they must not hold up the report.
  await inTime(running);
  clearInterval(counting);
  attempts.close();
  for (const [name, client] of clients) {
    if (!(await inTime(client.close()))) violations.add('a call that was not settled', `${name}: close`);
    const left = client.snapshot().nodes.filter(({ connections, pending }) => connections > 0 || pending > 0);
    for (const { id } of left)
      violations.add('growth', `${name} holds connections to ${id} once it is closed`);
  }
  await stage.close();
  unwatch();
  return { figures, violations, before, after };
}

/** Whether it is done in time, as anything is that is done at all. */
async function inTime(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, END_MS, false);
  });
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}

function watchProcess(violations: Violations): () => void {
  const rejected = (reason: unknown): void => violations.add('a rejection nobody took', String(reason));
  const warned = ({ message, name }: Error): void => {
    // `v8.queryObjects` is one, in Node.js 20.
    if (name === 'ExperimentalWarning') return;
    violations.add('a warning of the process', `${name}: ${message}`);
  };
  process.on('unhandledRejection', rejected);
  process.on('warning', warned);
  return () => {
    process.off('unhandledRejection', rejected);
    process.off('warning', warned);
  };
}
