/** Dates as HTTP writes them: RFC 9110, 5.6.7. */

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Milliseconds; `undefined` for what is no date, which RFC 9110 has recipients ignore. */
export function parseHttpDate(value: unknown): number | undefined {
  // A date begins with the name of its day. Date.parse would also take `0`, which stands in many an Expires.
  if (typeof value !== 'string' || !/^[A-Z][a-z]{2,8},? /.test(value)) return undefined;
  // The form of asctime names no zone, and is in GMT too.
  const ms = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
