import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, vi } from 'vitest';
import { TimeoutError } from '../../src/index.ts';
import { keyOf, nodeAt } from '../harness/follow.ts';
import { spawnScript, writeScript } from '../harness/script-process.ts';
import { fault } from './fault.ts';
import { endpointOf } from './fault-ground.ts';
import { count, ms, now, seconds } from './figure.ts';
import { looksAt } from './looks.ts';

const TIMEOUT_MS = 1_000;
/** To the process it is the same as an hour. */
const PAUSE_MS = 4 * TIMEOUT_MS;
const CALLERS = 64;

/** Calls without pause, until told to stop; then says what came of them. */
const BUSY = `
  const [timeoutMs, callers, ...servers] = args;
  const client = createClient(servers, {
    requestTimeoutMs: Number(timeoutMs),
    connectTimeoutMs: Number(timeoutMs),
  });
  let [running, calls, downs] = [true, 0, 0];
  const failures = [];
  client.on('nodeDown', () => downs++);
  const busy = async (i) => {
    for (; running; i++) {
      calls++;
      await client.get('key:' + (i % 500)).catch((error) => failures.push(error.code));
      await new Promise(setImmediate);
    }
  };
  await client.version();
  const all = Promise.all(Array.from({ length: Number(callers) }, (_, i) => busy(i)));
  process.on('message', async () => {
    running = false;
    await all;
    await client.close();
    process.send({ calls, downs, failures }, () => process.exit());
  });
  process.send('busy');
`;

fault(
  {
    number: 48,
    name: 'The process is paused for four time-outs (SIGSTOP), with calls in flight',
    behaviour:
      'replies that waited in the sockets are read before anything counts as overdue: no node is down',
    engines: ['memcached'],
  },
  async (ground) => {
    const servers = (await ground.processes(3)).map(endpointOf);
    const child = spawnScript(await writeScript(BUSY), [String(TIMEOUT_MS), String(CALLERS), ...servers]);
    await once(child, 'message');
    await sleep(200);
    child.kill('SIGSTOP');
    await sleep(PAUSE_MS);
    child.kill('SIGCONT');
    await sleep(500);
    child.send('stop');
    const [{ calls, downs, failures }] = (await once(child, 'message')) as [
      { calls: number; downs: number; failures: string[] },
    ];
    expect(downs).toBe(0);
    expect(failures).toEqual([]);
    return `paused for ${seconds(PAUSE_MS)} with a time-out of ${ms(TIMEOUT_MS)}: 0 nodes down, 0 of ${count(calls)} calls failed`;
  },
);

const HOUR_MS = 3_600_000;
const CALL_MS = 300;

fault(
  {
    number: 49,
    name: 'The clock jumps an hour forward, then two back',
    behaviour: 'time-outs, probes and looks go by a clock that does not jump',
    engines: ['memcached'],
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const { client, looks } = looksAt(cluster, { requestTimeoutMs: CALL_MS });
    await client.ready({ timeoutMs: 5_000 });
    await client.version({ timeoutMs: 5_000 });
    const events: unknown[] = [];
    client.on('nodeDown', (event) => events.push(event));
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    const before = looks();
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const settled: number[] = [];
    for (const jump of [HOUR_MS, -2 * HOUR_MS]) {
      node.hang();
      const startedAt = now();
      const call = client.get(key);
      await Promise.all([expect(call).rejects.toThrow(TimeoutError), jumpBy(jump)]);
      const tookMs = now() - startedAt;
      expect(tookMs).toBeGreaterThanOrEqual(CALL_MS - 10);
      expect(tookMs).toBeLessThan(CALL_MS * 10);
      settled.push(tookMs);
      node.resume();
      await expect.poll(() => client.set(key, 'kept', { ttl: 60 }).catch(() => false)).toBe(true);
      await jumpBy(jump > 0 ? 60_000 : -60_000);
      expect(await client.get(key)).toBe('kept');
    }
    await sleep(1_500);
    expect(events).toEqual([]);
    expect(looks()).toBe(before);
    return `a time-out of ${CALL_MS} ms came after ${settled.map(ms).join(' and ')}; 0 looks, 0 nodes down`;
  },
);

async function jumpBy(milliseconds: number): Promise<void> {
  await sleep(20);
  vi.setSystemTime(Date.now() + milliseconds);
}
