import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createCache } from '../../../src/index.ts';
import { openSite, plainFront, standOn, subjects } from './subject.ts';

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open: () => void = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

async function reached(count: () => number, expected: number): Promise<void> {
  await expect.poll(count, { interval: 5, timeout: 15_000 }).toBe(expected);
}

const ticks = async (count: number): Promise<void> => {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  test.each([
    ['a page that says nothing', {}, {}],
    ['a page with a lifetime of its own', { 'Cache-Control': 'max-age=30' }, {}],
    ['a page that varies, for one of its variants', { Vary: 'Accept-Language' }, {}],
    ['a page of a user', {}, { Authorization: 'Bearer a', Cookie: 'id=1' }],
  ])('requests that miss %s together have it made once', async (_name, said, asked) => {
    const made = gate();
    const site = await ground.open(async (_req, res) => {
      await made.passed;
      for (const [name, value] of Object.entries(said)) res.setHeader(name, value);
      res.end('page');
    });
    // Once while nothing is known of the URL, and once when only the page is gone.
    for (const path of ['/', '/again']) {
      const before = site.calls();
      const answers = Promise.all(Array.from({ length: 50 }, () => site.ask({ path, headers: asked })));
      await reached(() => site.calls(), before + 1);
      made.open();
      for (const { status, text } of await answers) expect([status, text]).toEqual([200, 'page']);
      expect(site.calls()).toBe(before + 1);
    }
    expect(site.errors).toEqual([]);
  });

  test('of a page that varies, each variant is made once', async () => {
    const site = await ground.open(async (req, res) => {
      await ticks(5);
      res.setHeader('Vary', 'Accept-Language');
      res.end(req.headers['accept-language']);
    });
    const languages = Array.from({ length: 60 }, (_, index) => ['en', 'de', 'fr'][index % 3] as string);
    const ask = (language: string) => site.ask({ headers: { 'Accept-Language': language } });
    // What it varies on is not known before one of them is made.
    const answers = await Promise.all(languages.map(ask));
    expect(answers.map(({ text }) => text)).toEqual(languages);
    expect(site.calls()).toBe(3);
  });

  test.each([
    ['private', { 'Cache-Control': 'private' }],
    ['with a cookie', { 'Set-Cookie': 'id=1' }],
    ['too long', { 'Content-Length': '2000000' }],
  ])('a page that is %s is made for each, and nobody waits for its end', async (_name, said) => {
    const ended = gate();
    let users = 0;
    const site = await ground.open(async (_req, res) => {
      const user = `user ${users++} `;
      for (const [name, value] of Object.entries(said)) res.setHeader(name, value);
      res.write(user);
      await ended.passed;
      res.end('Content-Length' in said ? Buffer.alloc(2_000_000 - user.length, ' ') : undefined);
    });
    const answers = Promise.all(Array.from({ length: 8 }, () => site.ask()));
    await reached(() => site.calls(), 8);
    ended.open();
    const texts = (await answers).map(({ text }) => text.trim());
    expect(new Set(texts).size).toBe(8);
  });

  test('a page that turns out to be too long is made for each before its end', async () => {
    const ended = gate();
    const site = await ground.open(
      async (_req, res) => {
        res.write('longer than ten bytes');
        await ended.passed;
        res.end();
      },
      { maxBodyBytes: 10 },
    );
    const answers = Promise.all(Array.from({ length: 10 }, () => site.ask()));
    await reached(() => site.calls(), 10);
    ended.open();
    for (const { text } of await answers) expect(text).toBe('longer than ten bytes');
  });

  test('guests wait for one page, whatever those who log in get at the same URL', async () => {
    const made = gate();
    const site = await ground.open(async (req, res) => {
      if (req.headers.cookie !== undefined) {
        res.setHeader('Cache-Control', 'private').end('mine');
        return;
      }
      await made.passed;
      res.setHeader('Cache-Control', 'max-age=60').end('page');
    });
    // It is known of this URL that its page may not be kept: for those who log in.
    await site.ask({ headers: { Cookie: 'id=1' } });
    const guests = Promise.all(Array.from({ length: 20 }, () => site.ask()));
    await reached(() => site.calls(), 2);
    await ticks(20);
    made.open();
    for (const { text } of await guests) expect(text).toBe('page');
    expect((await site.ask({ headers: { Cookie: 'id=1' } })).text).toBe('mine');
    expect(site.calls()).toBe(3);
  });

  test('guests who wait beside those who log in are not sent to the handler with them', async () => {
    const [user, guest] = [gate(), gate()];
    const site = await ground.open(async (req, res) => {
      const isUser = req.headers.cookie !== undefined;
      await (isUser ? user : guest).passed;
      if (isUser) res.setHeader('Cache-Control', 'private');
      res.end('page');
    });
    const mine = site.ask({ headers: { Cookie: 'id=1' } });
    await reached(() => site.calls(), 1);
    const guests = Promise.all(Array.from({ length: 20 }, () => site.ask()));
    user.open();
    await mine;
    await reached(() => site.calls(), 2);
    await ticks(20);
    guest.open();
    for (const { text } of await guests) expect(text).toBe('page');
    expect(site.calls()).toBe(2);
  });

  test('an error says nothing of the page: the next who miss it have it made once', async () => {
    const made = gate();
    let status = 503;
    const site = await ground.open(async (_req, res) => {
      if (status === 200) await made.passed;
      res.writeHead(status).end('page');
    });
    expect((await site.ask()).status).toBe(503);
    status = 200;
    const answers = Promise.all(Array.from({ length: 20 }, () => site.ask()));
    await reached(() => site.calls(), 2);
    await ticks(20);
    made.open();
    for (const answer of await answers) expect([answer.status, answer.text]).toEqual([200, 'page']);
    expect(site.calls()).toBe(2);
  });

  test('HEAD waits for what GET is being answered', async () => {
    const made = gate();
    const site = await ground.open(async (_req, res) => {
      await made.passed;
      res.end('page');
    });
    const page = site.ask();
    await reached(() => site.calls(), 1);
    const heads = Promise.all(Array.from({ length: 10 }, () => site.ask({ method: 'HEAD' })));
    await ticks(50);
    made.open();
    const { headers } = await page;
    for (const head of await heads) {
      expect(head.headers).toMatchObject({ etag: headers.etag, 'content-length': '4' });
    }
    expect(site.calls()).toBe(1);
  });

  test('a page that may be kept now is kept, though it could not be before', async () => {
    let isPrivate = true;
    const site = await ground.open((_req, res) => {
      if (isPrivate) res.setHeader('Cache-Control', 'private');
      res.end('page');
    });
    await site.ask();
    await site.ask();
    expect(site.calls()).toBe(2);
    isPrivate = false;
    // Nobody waits for such a page while it is being stored.
    const isKept = async (): Promise<boolean> => (await site.ask()).headers.age !== undefined;
    await expect.poll(isKept, { interval: 5, timeout: 15_000 }).toBe(true);
    const calls = site.calls();
    await site.ask();
    expect(site.calls()).toBe(calls);
  });
});

describe('a page that is slow to come', () => {
  test('is not waited for longer than waitMs', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const made = gate();
    let calls = 0;
    const site = await openSite(
      plainFront,
      cache,
      async (_req, res) => {
        const call = ++calls;
        if (call === 1) await made.passed;
        res.end(`made by ${call}`);
      },
      { waitMs: 30 },
    );
    const slow = site.ask();
    await reached(() => calls, 1);
    const impatient = await site.ask();
    expect(impatient.text).toBe('made by 2');
    // It is kept, and found by all who come later.
    expect((await site.ask()).text).toBe('made by 2');
    made.open();
    expect((await slow).text).toBe('made by 1');
    expect(calls).toBe(2);
    expect(site.errors).toEqual([]);
    await site.close();
  });

  test('is kept, though it took longer than waitMs', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const made = [gate(), gate()];
    let calls = 0;
    const site = await openSite(
      plainFront,
      cache,
      async (_req, res) => {
        await made[calls++]?.passed;
        res.end(`made by ${calls}`);
      },
      { waitMs: 30 },
    );
    // Once while nothing is known of the URL, and once when only the page is gone.
    for (const call of [1, 2]) {
      const slow = site.ask();
      await reached(() => calls, call);
      await new Promise((resolve) => setTimeout(resolve, 60));
      made[call - 1]?.open();
      expect((await slow).text).toBe(`made by ${call}`);
      await expect.poll(async () => (await site.ask()).headers.age, { interval: 20 }).toBeDefined();
      expect(calls).toBe(call);
      vi.spyOn(cache, 'getMany').mockImplementationOnce(async (keys) => {
        await cache.deleteMany(keys);
        return new Map();
      });
    }
    expect(site.errors).toEqual([]);
    await site.close();
  });

  test('is waited for again, after its first client has left', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const first = gate();
    let calls = 0;
    const site = await openSite(plainFront, cache, async (_req, res) => {
      if (++calls === 1) return first.open();
      await ticks(5);
      res.end('page');
    });
    const leaving = connect(site.port, '127.0.0.1');
    leaving.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${site.port}\r\n\r\n`);
    await first.passed;
    const answers = Promise.all(Array.from({ length: 10 }, () => site.ask()));
    await ticks(20);
    expect(calls).toBe(1);
    leaving.destroy();
    for (const { text } of await answers) expect(text).toBe('page');
    expect(calls).toBe(2);
    await site.close();
  });

  test('is not made for a client who has left while waiting', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const made = gate();
    let calls = 0;
    const site = await openSite(plainFront, cache, async (_req, res) => {
      calls++;
      await made.passed;
      res.setHeader('Cache-Control', 'private').end('page');
    });
    const staying = site.ask();
    await reached(() => calls, 1);
    const leaving = connect(site.port, '127.0.0.1');
    leaving.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${site.port}\r\n\r\n`);
    await new Promise((resolve) => leaving.once('connect', resolve));
    await ticks(20);
    leaving.destroy();
    await ticks(20);
    made.open();
    await staying;
    await ticks(20);
    expect(calls).toBe(1);
    await site.close();
  });

  test('is made once a variant, however long the store takes', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    for (const verb of ['add', 'set'] as const) {
      const store = cache[verb].bind(cache);
      vi.spyOn(cache, verb).mockImplementation(async (...args) => {
        await ticks(50);
        return store(...args);
      });
    }
    const site = await openSite(plainFront, cache, async (req, res) => {
      // First one header is named, then another besides.
      res.setHeader('Vary', req.headers['x-later'] === undefined ? 'Accept' : 'Accept, X-Later');
      await ticks(5);
      res.end(`${req.headers.accept} ${req.headers['x-later']}`);
    });
    for (const later of [undefined, 'yes']) {
      const before = site.calls();
      const asked = Array.from({ length: 30 }, (_, index) => `${index % 3}${later}`);
      const answers = await Promise.all(
        asked.map((accept) => site.ask({ headers: { Accept: accept, ...(later && { 'X-Later': later }) } })),
      );
      expect(answers.map(({ text }) => text)).toEqual(asked.map((accept) => `${accept} ${later}`));
      expect(site.calls() - before).toBe(3);
    }
    await site.close();
  });

  test('is found as soon as anything is known of its URL', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const stored = gate();
    const set = cache.set.bind(cache);
    vi.spyOn(cache, 'set').mockImplementation(async (...args) => {
      await stored.passed;
      return set(...args);
    });
    const site = await openSite(plainFront, cache, (_req, res) => void res.end('page'));
    await site.ask();
    // It has been sent, and is being stored.
    await ticks(20);
    const again = [site.ask(), site.ask({ method: 'HEAD' })];
    await ticks(20);
    stored.open();
    for (const { status } of await Promise.all(again)) expect(status).toBe(200);
    expect(site.calls()).toBe(1);
    await site.close();
  });

  test.each(['GET', 'HEAD'])(
    'is found by a %s that looked for it just before it was kept',
    async (method) => {
      await using cache = createCache({ backend: 'memory', location: 'slow' });
      const [made, kept] = [gate(), gate()];
      const site = await openSite(plainFront, cache, async (_req, res) => {
        await made.passed;
        res.end('page');
      });
      const first = site.ask();
      await reached(() => site.calls(), 1);
      const get = cache.get.bind(cache);
      const look = vi.spyOn(cache, 'get').mockImplementationOnce(async (...args) => {
        const nothing = await get(...args);
        await kept.passed;
        return nothing;
      });
      const second = site.ask({ method });
      await reached(() => look.mock.calls.length, 1);
      made.open();
      await first;
      await ticks(20);
      kept.open();
      expect((await second).headers.age).toBeDefined();
      expect(site.calls()).toBe(1);
      await site.close();
    },
  );

  test('another process may make: its page is served', async () => {
    await using cache = createCache({ backend: 'memory', location: 'slow' });
    const site = await openSite(plainFront, cache, (_req, res) => void res.end('page'));
    // The variants of the URL become known, and the page is gone.
    await site.ask();
    const getOrSet = vi.spyOn(cache, 'getOrSet');
    const kept = vi.spyOn(cache, 'getMany').mockResolvedValueOnce(new Map());
    expect((await site.ask()).text).toBe('page');
    expect(getOrSet).toHaveBeenCalledTimes(1);
    expect(site.calls()).toBe(1);
    kept.mockRestore();
    await site.close();
  });
});
