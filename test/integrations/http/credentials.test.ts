import { describe, expect, test } from 'vitest';
import type { Ask } from './client.ts';
import { standOn, stores } from './subject.ts';

describe.each(stores)('$name', (subject) => {
  const ground = standOn(subject);

  describe.each(['Authorization', 'Cookie'])('%s', (name) => {
    const as = (user: string): Ask => ({ headers: { [name]: user } });
    const greet = (said: Record<string, string> = {}) =>
      ground.open((req, res) => {
        for (const [header, value] of Object.entries(said)) res.setHeader(header, value);
        res.end(`hello ${req.headers[name.toLowerCase()] ?? 'guest'}`);
      });

    test('what is made for one is for them alone, and says so', async () => {
      const site = await greet();
      for (const user of ['ada', 'grace', 'ada', 'grace']) {
        const { text, headers } = await site.ask(as(user));
        expect(text).toBe(`hello ${user}`);
        expect(headers.vary).toBe(name === 'Cookie' ? 'cookie' : 'authorization');
      }
      expect(site.calls()).toBe(2);
    });

    test('a lifetime that nobody gave it is told to their own cache only', async () => {
      const site = await greet();
      for (const user of ['ada', 'ada', 'grace']) {
        expect((await site.ask(as(user))).headers['cache-control']).toBe('max-age=600, private');
      }
      expect((await site.ask()).headers['cache-control']).toBe('max-age=600');
      expect(site.calls()).toBe(3);
    });

    test.each(['max-age=60', 's-maxage=60', 'public'])(
      'where %s says it, it is as it was said',
      async (said) => {
        const site = await greet({ 'Cache-Control': said });
        for (let round = 0; round < 2; round++) {
          const { headers } = await site.ask(as('ada'));
          expect(headers['cache-control']).toMatch(said);
          expect(headers['cache-control']).not.toMatch('private');
        }
        expect(site.calls()).toBe(1);
      },
    );

    test('they do not get what was made for nobody, nor nobody what was made for them', async () => {
      const site = await greet();
      for (let round = 0; round < 3; round++) {
        expect((await site.ask()).text).toBe('hello guest');
        expect((await site.ask(as('ada'))).text).toBe('hello ada');
      }
      // The first is made again, once it is known that the page varies.
      expect(site.calls()).toBe(3);
    });

    test.each(['public', 'Public', 'max-age=60, PUBLIC'])('%s: one page for all', async (control) => {
      const site = await greet({ 'Cache-Control': control });
      const { text, headers } = await site.ask(as('ada'));
      expect(headers.vary).toBeUndefined();
      for (const ask of [as('grace'), {}, as('ada')]) expect((await site.ask(ask)).text).toBe(text);
      expect(site.calls()).toBe(1);
    });

    test('public does not unsay Vary', async () => {
      const site = await greet({ 'Cache-Control': 'public', Vary: name });
      for (const user of ['ada', 'grace', 'ada']) {
        expect((await site.ask(as(user))).text).toBe(`hello ${user}`);
      }
      expect(site.calls()).toBe(2);
    });

    test('a Vary that names them already stays as it is', async () => {
      const site = await greet({ Vary: `Accept, ${name.toUpperCase()}` });
      expect((await site.ask(as('ada'))).headers.vary).toBe(`Accept, ${name.toUpperCase()}`);
    });

    test('HEAD is told apart as GET is', async () => {
      const site = await ground.open((req, res) => {
        res.setHeader('X-User', req.headers[name.toLowerCase()] ?? 'guest').end();
      });
      for (const user of ['ada', 'grace']) {
        for (const method of ['GET', 'HEAD', 'GET']) {
          const { headers } = await site.ask({ method, ...as(user) });
          expect(headers['x-user']).toBe(user);
        }
      }
      expect((await site.ask({ method: 'HEAD' })).headers['x-user']).toBe('guest');
    });
  });
});
