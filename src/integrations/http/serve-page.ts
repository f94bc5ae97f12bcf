import { cacheControl } from './cache-control.ts';
import type { Exchange } from './exchange.ts';
import { headerText } from './header-bag.ts';
import { haveLastWord } from './last-word.ts';
import type { Page } from './page.ts';
import { answerInstead, becomeBodiless, weakenEtag } from './preconditions.ts';
import { parseVary, varyOn } from './vary.ts';

/** Answers with a page that was kept: as it was, with its Age, or with what the request's conditions ask for. */
export function servePage(exchange: Exchange, page: Page): void {
  const { request, front } = exchange;
  const { res } = front;
  front.take();
  res.statusCode = 200;
  for (const [name, value] of page.head.headers) {
    // What came before the cache may vary on something of its own.
    if (name === 'vary') varyOn(res, ...parseVary(headerText(value)));
    else res.setHeader(name, value);
  }
  res.setHeader('Age', page.ageAt(Date.now()));
  // A page that answered HEAD has no body, and the length that it was sent with.
  if (request.method === 'GET' || page.body.length > 0) res.setHeader('Content-Length', page.body.length);
  const instead = answerInstead(request.headers, res);
  if (instead !== undefined) becomeBodiless(res, instead);
  const coding = res.getHeader('content-encoding');
  haveLastWord(res, () => {
    weakenEtag(res, coding);
    // What came before the cache sets it, for this visitor: no other cache may keep that.
    if (res.hasHeader('set-cookie')) cacheControl(res, { private: true });
  });
  res.end(instead === undefined && request.method === 'GET' ? page.body : undefined);
}
