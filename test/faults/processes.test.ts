import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished } from 'vitest';
import { createClient } from '../../src/index.ts';
import { opened } from '../harness/follow.ts';
import { spawnScript, writeScript } from '../harness/script-process.ts';
import { BOTH, fault } from './fault.ts';
import { count } from './figure.ts';

const PROCESSES = 3;
const WORKERS = 3;
const KEYS = 10_000;

/** Finds the cluster by itself, and tells where it has the keys, and what it reads. */
const MEMBER = `
  import { createHash } from 'node:crypto';
  import { parentPort } from 'node:worker_threads';
  const [endpoint, name, keys] = args;
  const client = createClient({ configurationEndpoint: endpoint }, { discovery: { connectTo: 'ip' } });
  await client.ready({ timeoutMs: 5_000 });
  const hash = createHash('sha256');
  for (let i = 0; i < Number(keys); i++) hash.update(client.nodeFor('key:' + i).id);
  await client.set('from:' + name, name);
  const said = { ring: hash.digest('hex'), read: await client.get('from:parent') };
  await client.close();
  if (parentPort === null) process.send(said);
  else parentPort.postMessage(said);
`;

fault(
  {
    number: 50,
    name: 'Many processes and worker threads use one cluster',
    behaviour: 'each finds it by itself and has every key on the same node',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(5);
    const client = opened(
      createClient(
        { configurationEndpoint: cluster.configurationEndpoint },
        { discovery: { connectTo: 'ip' } },
      ),
    );
    await client.set('from:parent', 'parent');
    const hash = createHash('sha256');
    for (let i = 0; i < KEYS; i++) hash.update(client.nodeFor(`key:${i}`).id);
    const ring = hash.digest('hex');

    const script = await writeScript(MEMBER);
    const names = Array.from({ length: PROCESSES + WORKERS }, (_, i) => `member-${i}`);
    const said = await Promise.all(
      names.map(async (name, i) => {
        const args = [cluster.configurationEndpoint, name, String(KEYS)];
        const member = i < PROCESSES ? spawnScript(script, args) : workerOf(script, args);
        const [message] = (await once(member, 'message')) as [unknown];
        return message;
      }),
    );
    for (const each of said) expect(each).toEqual({ ring, read: 'parent' });
    for (const name of names) expect(await client.get(`from:${name}`)).toBe(name);
    return `${PROCESSES} processes and ${WORKERS} threads agree with this one on ${count(KEYS)} keys`;
  },
);

function workerOf(script: string, args: readonly string[]): Worker {
  const worker = new Worker(script, { argv: [...args] });
  onTestFinished(async () => {
    await worker.terminate();
  });
  return worker;
}
