import type { RequestWriter } from '../../src/protocol/index.ts';

/** What a RequestWriter gave, as one byte string. */
export function requestBytes(taken: ReturnType<RequestWriter['take']>): string {
  if (typeof taken === 'string') return taken;
  return taken
    .map((chunk) => (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')))
    .join('');
}
