/** A value as Node.js keeps it. */
export type HeaderValue = number | string | readonly string[] | undefined;

/** Whoever has headers that can be changed: a `ServerResponse`, the response of Express, the `raw` of Fastify's reply. */
export interface HeaderBag {
  getHeader(name: string): HeaderValue;
  setHeader(name: string, value: string): unknown;
}

/** As one line; several of a name mean the same as one with commas: RFC 9110, 5.3. */
export function headerText(value: HeaderValue): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? value.join(', ') : String(value);
}
