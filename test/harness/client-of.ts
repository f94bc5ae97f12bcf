import { onTestFinished } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';

/** A client of one server, in the classic dialect unless said otherwise, destroyed after the test. */
export function clientOf(
  server: { readonly endpoint: string },
  options: ClientOptions = {},
): MemcachedClient {
  const client = createClient([server.endpoint], {
    protocol: 'classic',
    requestTimeoutMs: 1_000,
    ...options,
  });
  onTestFinished(() => client.destroy());
  return client;
}

export function healthOf(client: MemcachedClient): string | undefined {
  return client.snapshot().nodes[0]?.health;
}
