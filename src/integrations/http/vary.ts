import { type HeaderBag, type HeaderValue, headerText } from './header-bag.ts';

/** The names of a Vary as they are written; `*` among them means more than names can say. */
export function parseVary(value: HeaderValue): string[] {
  return headerText(value)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Names request headers that the response depends on, besides those it names already: in their order,
 * whatever the case, and `*` alone where it is among them.
 *
 * @example
 * ```ts
 * varyOn(res, 'Cookie', 'Accept-Language');
 * ```
 */
export function varyOn(res: HeaderBag, ...names: readonly string[]): void {
  const kept = new Map<string, string>();
  for (const name of [...parseVary(res.getHeader('Vary')), ...names]) {
    if (!kept.has(name.toLowerCase())) kept.set(name.toLowerCase(), name);
  }
  if (kept.size > 0) res.setHeader('Vary', kept.has('*') ? '*' : [...kept.values()].join(', '));
}
