import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cache, createCache } from '../../../src/index.ts';
import { startMemcached } from '../../../src/testing/cluster/memcached-process.ts';
import type { Answer, Ask } from './client.ts';
import { type Handler, openSite, plainFront, type Site } from './subject.ts';

const HOST = 'fleet.example';
const as = (accept: string): Ask => ({ headers: { Host: HOST, Accept: accept } });

let memcached: Awaited<ReturnType<typeof startMemcached>>;
let caches: Cache[] = [];
let sites: Site[] = [];
let fleets = 0;

beforeAll(async () => {
  memcached = await startMemcached();
});

afterEach(async () => {
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all(caches.map((cache) => cache.close()));
  sites = [];
  caches = [];
});

afterAll(() => memcached.stop());

/** Servers of one site, each with a client of its own, and a URL of which it is known what it varies on. */
async function openFleet(handler: Handler): Promise<[Site, Site]> {
  const keyPrefix = `fleet${fleets++}`;
  for (let server = 0; server < 2; server++) {
    const options = { requestTimeoutMs: 5_000 };
    const cache = createCache({ backend: 'memcached', location: `127.0.0.1:${memcached.port}`, options });
    caches.push(cache);
    sites.push(await openSite(plainFront, cache, handler, { keyPrefix }));
  }
  const [one, other] = sites as [Site, Site];
  await one.ask(as('known'));
  const isKept = async (): Promise<boolean> => (await other.ask(as('known'))).headers.age !== undefined;
  await expect.poll(isKept, { interval: 5, timeout: 15_000 }).toBe(true);
  return [one, other];
}

/** Answers once the gate is open, but what is known at once. */
function gated(answer: Handler): { readonly handler: Handler; open(): void; asked(): number } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let asked = 0;
  return {
    open: () => open(),
    asked: () => asked,
    async handler(req, res) {
      res.setHeader('Vary', 'Accept');
      if (req.headers.accept !== 'known') {
        asked++;
        await opened;
        await answer(req, res);
      } else res.end('known');
    },
  };
}

const reached = (count: () => number, expected: number): Promise<void> =>
  expect.poll(count, { interval: 5, timeout: 15_000 }).toBe(expected);

/** Several requests to a server for a page that another one makes; resolves once they have reached the lease. */
async function wait(site: Site): Promise<{ readonly answers: Promise<Answer[]> }> {
  const lease = vi.spyOn(site.cache, 'getOrSet');
  const answers = Promise.all(Array.from({ length: 10 }, () => site.ask(as('new'))));
  await reached(() => lease.mock.calls.length, 1);
  return { answers };
}

describe('of several servers', () => {
  test('one makes a page, and the others are given it', async () => {
    const { handler, open, asked } = gated((_req, res) => void res.end('page'));
    const [one, other] = await openFleet(handler);
    const making = one.ask(as('new'));
    await reached(asked, 1);
    const { answers } = await wait(other);
    open();
    for (const { text } of [await making, ...(await answers)]) expect(text).toBe('page');
    expect(asked()).toBe(1);
    expect([...one.errors, ...other.errors]).toEqual([]);
  });

  test('none is given what another may not keep', async () => {
    let users = 0;
    const { handler, open, asked } = gated((_req, res) => {
      res.setHeader('Cache-Control', 'private').end(`user ${++users}`);
    });
    const [one, other] = await openFleet(handler);
    const making = one.ask(as('new'));
    await reached(asked, 1);
    const { answers } = await wait(other);
    open();
    const texts = [await making, ...(await answers)].map(({ text }) => text);
    expect(new Set(texts).size).toBe(11);
    expect([...one.errors, ...other.errors]).toEqual([]);
  });

  test('another takes over where the client of the first leaves', async () => {
    const { handler, open, asked } = gated((_req, res) => void res.end('page'));
    const [one, other] = await openFleet(handler);
    const leaving = connect(one.port, '127.0.0.1');
    leaving.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nAccept: new\r\n\r\n`);
    await reached(asked, 1);
    const { answers } = await wait(other);
    leaving.destroy();
    await reached(asked, 2);
    open();
    for (const { text } of await answers) expect(text).toBe('page');
    expect(asked()).toBe(2);
    expect([...one.errors, ...other.errors]).toEqual([]);
  });

  test('all find a page changed that one was told of', async () => {
    let text = 'old';
    const { handler, open } = gated((_req, res) => void res.end(text));
    const [one, other] = await openFleet((req, res) => {
      if (req.method === 'GET') void handler(req, res);
      else {
        text = 'new';
        res.end();
      }
    });
    open();
    expect((await one.ask(as('new'))).text).toBe('old');
    await other.ask({ method: 'POST', ...as('new') });
    await expect.poll(async () => (await one.ask(as('new'))).text, { timeout: 15_000 }).toBe('new');
    expect((await other.ask(as('new'))).text).toBe('new');
  });
});
