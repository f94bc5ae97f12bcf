import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { standOn, stores } from './subject.ts';

const NAMES = ['Accept', 'X-A', 'X-B', 'X-Ab', 'Cookie', 'Authorization'] as const;

/** Of the characters that keys, lists and JSON are made of, so that what is not told apart meets. */
const value = fc.string({
  unit: fc.constantFrom('a', 'b', ',', ':', '"', '\\', '|', ';', '='),
  maxLength: 3,
});

const headers = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4, noNullPrototype: true });

const vary = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      fc.shuffledSubarray(names, { minLength: names.length }),
      fc.constantFrom(', ', ',', ' ,\t', ', , '),
      fc.boolean(),
    ),
  )
  .map(([names, separator, isShouted]) => {
    const text = names.join(separator);
    return isShouted ? text.toUpperCase() : text;
  });

/** What a handler that keeps to its Vary makes of a request. */
function pageFor(vary: string, sent: Readonly<Record<string, unknown>>): string {
  const named = vary.split(',').map((name) => name.trim().toLowerCase());
  const own = named.filter((name) => name !== '').sort();
  return JSON.stringify(own.map((name) => [name, sent[name] ?? null]));
}

const lowerCased = (sent: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(sent).map(([name, text]) => [name.toLowerCase(), text]));

describe.each(stores)('$name', (subject) => {
  const ground = standOn(subject);

  test.each([
    ['one by one', false],
    ['together', true],
  ])('requests that differ in what Vary names never get the same body: %s', async (_name, areTogether) => {
    let page = 0;
    const varies = new Map<string, string>();
    const site = await ground.open(async (req, res) => {
      const named = varies.get(req.url ?? '') ?? '';
      res.setHeader('Vary', named);
      await new Promise((resolve) => setImmediate(resolve));
      res.end(pageFor(named, req.headers));
    });
    await fc.assert(
      fc.asyncProperty(vary, fc.array(headers, { minLength: 2, maxLength: 12 }), async (named, requests) => {
        const path = `/${page++}`;
        varies.set(path, named);
        const ask = async (sent: Record<string, string>): Promise<void> => {
          const { text } = await site.ask({ path, headers: sent });
          expect(text).toBe(pageFor(named, lowerCased(sent)));
        };
        if (areTogether) await Promise.all([...requests, ...requests].map(ask));
        else for (const sent of [...requests, ...requests]) await ask(sent);
      }),
      { numRuns: 60 },
    );
    expect(site.errors).toEqual([]);
  });

  test('even where each response names other headers, nobody gets what was made for other credentials', async () => {
    let page = 0;
    const varies = new Map<string, string[]>();
    const site = await ground.open((req, res) => {
      const named = varies.get(req.url ?? '') ?? [];
      // Another each time: what a URL varies on is learnt little by little.
      res.setHeader('Vary', named.at(-1) ?? '');
      named.unshift(named.pop() ?? '');
      const { authorization = null, cookie = null } = req.headers;
      res.end(JSON.stringify([authorization, cookie]));
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(vary, { minLength: 1, maxLength: 4 }),
        fc.array(headers, { minLength: 2, maxLength: 12 }),
        async (named, requests) => {
          const path = `/credentials${page++}`;
          varies.set(path, named);
          for (const sent of [...requests, ...requests]) {
            const { text } = await site.ask({ path, headers: sent });
            const [authorization, cookie] = JSON.parse(text) as [string | null, string | null];
            const { authorization: own, cookie: ownCookie } = lowerCased(sent);
            if (own !== undefined) expect(authorization).toBe(own);
            if (ownCookie !== undefined) expect(cookie).toBe(ownCookie);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
