/**
 * One cluster, two programs: this one, and a real Django that uses it as with django-elasticache. Each finds
 * the keys of the other on the same nodes, and reads its values.
 *
 *   npm run example:django
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createCache, pythonCodec } from 'memfleet';
import { startCluster } from 'memfleet/testing';

// Debian's packages python3-django and python3-pylibmc are of its own Python.
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const folder = process.env.EXAMPLE_FOLDER ?? fileURLToPath(new URL('.', import.meta.url));

/** Gives a function that has Django take a step, and tells what it did. */
function startDjango(location) {
  const child = spawn(PYTHON, ['shop.py', location], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const step = async (name) => {
    child.stdin.write(`${name}\n`);
    const { done, value } = await lines.next();
    if (done) throw new Error(`Django ended: has ${PYTHON} Django and pylibmc?`);
    console.log(`Django   ${value}`);
  };
  return { step, end: () => child.stdin.end() };
}

const cluster = await startCluster({ nodes: 4 });
const cache = createCache({
  backend: 'elasticache',
  location: cluster.configurationEndpoint,
  ttl: 300,
  options: {
    hashing: 'pylibmc', // pylibmc's {'ketama': True}
    ringKey: 'ip', // django-elasticache hands pylibmc addresses
    codec: pythonCodec(),
    lookup: cluster.lookup, // this cluster's names are made up
  },
});
const django = startDjango(cluster.configurationEndpoint);

try {
  await django.step('store');
  console.log('memfleet reads', await cache.get('user:1'));

  const baskets = Array.from({ length: 1000 }, (_, i) => [
    `basket:${i}`,
    { items: [i, i + 1], total: i / 4 },
  ]);
  const failed = await cache.setMany(baskets);
  console.log(`memfleet set ${baskets.length - failed.length} baskets, on ${cluster.nodes.length} nodes`);
  await django.step('read');

  await django.step('count');
  console.log('memfleet counts visits on to', await cache.incr('visits'));

  await django.step('forget');
  console.log('memfleet reads', await cache.get('user:1'));
} finally {
  django.end();
  await cache.close();
  await cluster.close();
}
