import type { ServerResponse } from 'node:http';

/** What `writeHead` of Node.js ends in, after all who have wrapped it: sessions set their cookies in such a wrapper. */
interface HeadBuilder {
  _storeHeader?: (...args: unknown[]) => unknown;
}

/**
 * Calls back when nobody else will change the head of a response, which still can be changed. Never, where
 * the response is none of Node.js's own.
 */
export function haveLastWord(res: ServerResponse, say: () => void): void {
  const builder = res as HeadBuilder;
  const build = builder._storeHeader?.bind(res);
  if (build === undefined) return;
  builder._storeHeader = (...args) => {
    say();
    return build(...args);
  };
}
