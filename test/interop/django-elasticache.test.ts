/**
 * A cluster that Django uses by django-elasticache, and memfleet beside it: the same keys, on the same nodes,
 * with values that both read.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cache, createCache, PythonObject, pythonCodec } from '../../src/index.ts';
import { type Cluster, startCluster } from '../../src/testing/index.ts';
import { repository } from '../docs/repository.ts';
import { type Python, startPython } from '../harness/python.ts';

/** The backend of the example, which asks the configuration endpoint and hands the nodes to pylibmc. */
const ELASTICACHE = `
import sys
from django.conf import settings
settings.configure(USE_TZ=True)
sys.dont_write_bytecode = True
sys.path.insert(0, args['folder'])
from elasticache import ElastiCache
cache = ElastiCache(args['location'], {'TIMEOUT': 300, 'OPTIONS': {'binary': args['binary']}})
`;
const folder = join(repository, 'examples/beside-django');

let cluster: Cluster;
let cache: Cache;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 5 });
  cache = createCache({
    backend: 'elasticache',
    location: cluster.configurationEndpoint,
    options: { hashing: 'pylibmc', ringKey: 'ip', codec: pythonCodec(), lookup: cluster.lookup },
  });
});

afterAll(async () => {
  await cache.close();
  await cluster.close();
});

describe.each([{ binary: false }, { binary: true }])('Django by pylibmc with %o', ({ binary }) => {
  let python: Python;

  beforeAll(async () => {
    python = startPython();
    await python.run(ELASTICACHE, { folder, location: cluster.configurationEndpoint, binary });
  });
  afterAll(() => python.close());

  test('each finds what the other stored, on five nodes', async () => {
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index} é`.replaceAll(' ', '-'));
    const entries = new Map(keys.map((key, index) => [key, { index, tags: [key, null, true, 0.5] }]));
    expect(await cache.setMany(entries)).toEqual([]);
    const found = await python.run<Record<string, unknown>>('result = cache.get_many(args)', keys);
    expect(new Map(Object.entries(found))).toEqual(entries);

    await python.run(
      "assert cache.set_many({key: [value['index'], (1, 2)] for key, value in args.items()}) == []",
      found,
    );
    expect(await cache.getMany(keys)).toEqual(new Map(keys.map((key, index) => [key, [index, [1, 2]]])));
    const stats = await Promise.all(cluster.nodes.map((node) => node.stats()));
    const used = stats.map(({ engine }) => Number(engine?.curr_items));
    expect(used.every((count) => count > 0)).toBe(true);
    expect(await cache.deleteMany(keys)).toBe(300);
    expect(await python.run('result = cache.get_many(args)', keys)).toEqual({});
  });

  test('set, get, has_key, delete', async () => {
    await python.run("cache.set('user', {'name': 'Ada', 'admin': True})");
    expect(await cache.get('user')).toEqual({ name: 'Ada', admin: true });
    expect(await cache.has('user')).toBe(true);
    expect(await python.run("result = cache.delete('user')")).toBe(true);
    expect(await cache.has('user')).toBe(false);
    await cache.set('user', { name: 'Grace' });
    expect(await python.run("result = ['user' in cache, cache.has_key('user'), cache.get('user')]")).toEqual([
      true,
      true,
      { name: 'Grace' },
    ]);
    expect(await cache.delete('user')).toBe(true);
    expect(await python.run("result = cache.get('user', 'missing')")).toBe('missing');
    await cache.set('none', null);
    expect(await python.run("result = [cache.get('none', 'missing'), 'none' in cache]")).toEqual([
      null,
      true,
    ]);
  });

  test('add', async () => {
    expect(await cache.add(`lock-${binary}`, 'memfleet')).toBe(true);
    expect(await python.run("result = cache.add(args, 'django')", `lock-${binary}`)).toBe(false);
    expect(await python.run("result = cache.add(args, 'django')", `other-${binary}`)).toBe(true);
    expect(await cache.add(`other-${binary}`, 'memfleet')).toBe(false);
    expect(await cache.get(`other-${binary}`)).toBe('django');
  });

  test('incr and decr', async () => {
    await cache.set('visits', 10);
    expect(await python.run("result = [cache.incr('visits'), cache.decr('visits', 5)]")).toEqual([11, 6]);
    expect(await cache.incr('visits', 4)).toBe(10);
    await python.run("cache.set('visits', 100)");
    expect(await cache.decr('visits', 1)).toBe(99);
    expect(await python.run("result = [cache.get('visits'), cache.incr('visits')]")).toEqual([99, 100]);
    expect(await cache.get('visits')).toBe(100);
  });

  test('touch', async () => {
    await python.run("cache.set('session', [1], None)");
    expect(await cache.touch('session', 60)).toBe(true);
    expect(await python.run("result = [cache.touch('session', 100), cache.touch('nothing', 100)]")).toEqual([
      true,
      false,
    ]);
    expect(await cache.get('session')).toEqual([1]);
    await cache.touch('session', 0);
    expect(await python.run("result = cache.get('session')")).toBeNull();
  });

  test('get_or_set', async () => {
    expect(await cache.getOrSet('made', () => ({ by: 'memfleet' }))).toEqual({ by: 'memfleet' });
    expect(await python.run("result = cache.get_or_set('made', lambda: {'by': 'django'})")).toEqual({
      by: 'memfleet',
    });
    await cache.delete('made');
    expect(await python.run("result = cache.get_or_set('made', lambda: {'by': 'django'})")).toEqual({
      by: 'django',
    });
    expect(await cache.getOrSet('made', () => ({ by: 'memfleet' }))).toEqual({ by: 'django' });
    await cache.delete('made');
  });

  test('versions', async () => {
    await python.run("cache.set('settings', {'dark': True}, version=2)");
    expect(await cache.get('settings')).toBeUndefined();
    expect(await cache.get('settings', undefined, { version: 2 })).toEqual({ dark: true });
    expect(await cache.incrVersion('settings', 1, { version: 2 })).toBe(3);
    expect(
      await python.run("result = [cache.get('settings', version=2), cache.get('settings', version=3)]"),
    ).toEqual([null, { dark: true }]);
    expect(await python.run("result = cache.decr_version('settings', version=3)")).toBe(2);
    expect(await cache.get('settings', undefined, { version: 2 })).toEqual({ dark: true });
    expect(await python.run("result = cache.make_key('a/b', version=7)")).toBe(cache.makeKey('a/b', 7));
    await cache.delete('settings', { version: 2 });
  });

  test('what only Python has', async () => {
    await python.run(`
import datetime, decimal
from django.utils import timezone
cache.set('order', {'price': decimal.Decimal('12.50'), 'at': datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)})
`);
    const order = (await cache.get('order')) as { price: PythonObject; at: Date };
    expect(order).toEqual({
      price: new PythonObject('decimal', 'Decimal', ['12.50']),
      at: new Date('2024-02-29T12:00:00Z'),
    });
    await cache.set('order', { ...order, at: new Date('2024-03-01T00:00:00Z') });
    expect(
      await python.run(
        "order = cache.get('order')\nresult = [repr(order['price']), order['at'].isoformat()]",
      ),
    ).toEqual(["Decimal('12.50')", '2024-03-01T00:00:00+00:00']);
    await python.run("cache.set('now', timezone.now())");
    expect(await cache.get('now')).toBeInstanceOf(Date);
  });
});
