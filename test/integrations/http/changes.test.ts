import { describe, expect, test } from 'vitest';
import { createCache } from '../../../src/index.ts';
import { openSite, plainFront, standOn, subjects } from './subject.ts';

describe.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  /** A page of what was written last; `said` is how the write is answered. */
  async function notebook(said = 200) {
    let text = 'old';
    return ground.open((req, res) => {
      if (req.method === 'GET' || req.method === 'HEAD') {
        res.setHeader('Vary', 'Accept');
        res.end(text);
        return;
      }
      if (said < 400) text = 'new';
      res.writeHead(said, said === 303 ? { Location: '/' } : {}).end();
    });
  }

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s makes the pages of its URL old', async (method) => {
    const site = await notebook();
    const variants = ['text/html', 'text/plain'];
    for (const accept of variants) {
      expect((await site.ask({ headers: { Accept: accept } })).text).toBe('old');
    }
    expect((await site.ask({ path: '/other' })).text).toBe('old');
    await site.ask({ method });
    for (const accept of variants) {
      expect((await site.ask({ headers: { Accept: accept } })).text).toBe('new');
    }
    expect((await site.ask({ path: '/other' })).text).toBe('old');
  });

  test.each([
    [204, 'new'],
    [303, 'new'],
    [400, 'old'],
    [500, 'old'],
  ])('answered with %i, the next page is %s', async (said, text) => {
    const site = await notebook(said);
    await site.ask();
    await site.ask({ method: 'POST' });
    const before = site.calls();
    expect((await site.ask()).text).toBe(text);
    expect(site.calls() - before).toBe(text === 'new' ? 1 : 0);
  });

  test.each(['OPTIONS', 'TRACE'])('%s changes nothing', async (method) => {
    const site = await notebook();
    await site.ask();
    await site.ask({ method });
    const before = site.calls();
    await site.ask();
    expect(site.calls()).toBe(before);
  });
});

test('a method that is not known may change anything', async () => {
  await using cache = createCache({ backend: 'memory', location: 'changes' });
  const site = await openSite(plainFront, cache, (_req, res) => void res.end());
  await site.ask();
  await site.ask({ method: 'PURGE' });
  await site.ask();
  expect(site.calls()).toBe(3);
  await site.close();
});

test.each(['no page', 'a page'])(
  'what is made while it is changed is not kept, where %s was',
  async (before) => {
    await using cache = createCache({ backend: 'memory', location: 'changes' });
    let release: () => void = () => {};
    let asked = 0;
    let text = 'old';
    const site = await openSite(plainFront, cache, async (req, res) => {
      if (req.method === 'POST') {
        text = 'new';
        res.end();
        return;
      }
      const made = text;
      if (req.headers.slow !== undefined) {
        asked++;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      res.setHeader('Vary', 'Slow').end(made);
    });
    if (before === 'a page') await site.ask();
    const slow = { headers: { Slow: 'yes' } };
    const overtaken = site.ask(slow);
    await expect.poll(() => asked, { interval: 5, timeout: 15_000 }).toBe(1);
    await site.ask({ method: 'POST' });
    release();
    expect((await overtaken).text).toBe('old');
    const next = site.ask(slow);
    await expect.poll(() => asked, { interval: 5, timeout: 15_000 }).toBe(2);
    release();
    expect((await next).text).toBe('new');
    expect((await site.ask(slow)).text).toBe('new');
    expect(asked).toBe(2);
    await site.close();
  },
);
