import { expect } from 'vitest';
import { startServer } from '../../src/testing/index.ts';
import { followOracle, listing, startEndpoint } from '../harness/oracle.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { fault } from './fault.ts';
import { seconds } from './figure.ts';

const CLIENTS = 200;
const INTERVAL_MS = 60_000;
const MINUTES_MS = 3 * INTERVAL_MS;
const LOOKS_STRETCH_MS = 5_000;
const AWAY_MS = 8_000;
const RETURNS_STRETCH_MS = 500;

/** How many come in each stretch of so many milliseconds, from the first to the last. */
function arrivals(at: readonly number[], stretchMs: number): number[] {
  const first = Math.min(...at);
  const stretches = new Array<number>(Math.floor((Math.max(...at) - first) / stretchMs) + 1).fill(0);
  for (const each of at) {
    const index = Math.floor((each - first) / stretchMs);
    stretches[index] = (stretches[index] as number) + 1;
  }
  return stretches;
}

fault(
  {
    number: 47,
    name: '200 clients start together; later a node restarts',
    behaviour:
      'looks are spread: no 5 s have 3 times as many as others; new connections too: no half second has a third of them',
  },
  async () => {
    const time = VirtualTime.begin();
    const endpoint = await startEndpoint();
    let server = await startServer();
    const { port } = server;
    const looks: number[] = [];
    const reply = listing(1, [{ hostname: 'node.oracle.test', port }]);
    endpoint.says = () => {
      looks.push(time.now);
      return reply;
    };
    const discovery = { ...PATIENT.discovery, intervalMs: INTERVAL_MS, mode: 'memorystore' } as const;
    const clients = Array.from({ length: CLIENTS }, () =>
      followOracle(endpoint, { ...PATIENT, protocol: 'auto', discovery }),
    );
    await Promise.all(clients.map((client) => client.set('a', 1)));
    expect(looks).toHaveLength(CLIENTS);
    looks.length = 0;
    await time.pass(MINUTES_MS, 1_000);
    expect(looks.length).toBeGreaterThan(CLIENTS * 2);
    const looked = arrivals(looks, LOOKS_STRETCH_MS);
    const crowd = Math.max(...looked) / (looks.length / looked.length);
    expect(crowd).toBeLessThan(3);

    const returns: number[] = [];
    for (const client of clients) client.on('nodeUp', () => returns.push(time.now));
    await server.close();
    await time.pass(AWAY_MS);
    server = await startServer({ port });
    await time.passUntil(() => returns.length === CLIENTS, 60_000);
    const most = Math.max(...arrivals(returns, RETURNS_STRETCH_MS));
    expect(most).toBeLessThan(CLIENTS / 3);
    await Promise.all(clients.map((client) => client.set('a', 2)));
    for (const client of clients) client.destroy();
    await server.close();
    const spreadMs = Math.max(...returns) - Math.min(...returns);
    return `the fullest ${seconds(LOOKS_STRETCH_MS)} had ${crowd.toFixed(1)} times the mean of looks; new connections came over ${seconds(spreadMs)}, at most ${most} of ${CLIENTS} in half a second`;
  },
);
