import { afterAll, afterEach, beforeAll } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient } from '../../src/index.ts';
import { RawItems } from './raw-items.ts';
import type { Place, Subject } from './subject.ts';

/** Where the tests of one subject stand: its servers, and clients of them. */
export interface Ground {
  readonly subject: Subject;
  /** One client without further options, for all tests. */
  readonly client: MemcachedClient;
  /** What its servers hold. */
  readonly raw: RawItems;
  /** A client with these options, closed after the test. */
  open(options?: ClientOptions): MemcachedClient;
  /** A key that no other test has. */
  key(name?: string): string;
}

/** Starts the subject before the tests of the enclosing `describe`, and stops it after them. */
export function standOn(subject: Subject): Ground {
  let place: Place | undefined;
  let client: MemcachedClient | undefined;
  let raw: RawItems | undefined;
  let opened: MemcachedClient[] = [];
  let keys = 0;

  function running(): Place {
    if (place === undefined) throw new Error('The subject does not run');
    return place;
  }

  function create(options: ClientOptions = {}): MemcachedClient {
    const { options: own, target } = running();
    return createClient(target, { requestTimeoutMs: 5_000, ...own, ...options });
  }

  beforeAll(async () => {
    place = await subject.start();
    client = create();
    await client.ready({ timeoutMs: 5_000 });
  });
  afterEach(async () => {
    const closing = opened;
    opened = [];
    await Promise.all(closing.map((each) => each.close()));
  });
  afterAll(async () => {
    await client?.close();
    await raw?.close();
    await place?.stop();
  });

  return {
    subject,
    get client() {
      if (client === undefined) throw new Error('The subject does not run');
      return client;
    },
    get raw() {
      const { options, target } = running();
      raw ??= new RawItems(target, { ...options, maxValueBytes: 2 ** 24 });
      return raw;
    },
    open(options) {
      const made = create(options);
      opened.push(made);
      return made;
    },
    key: (name = 'key') => `${name}:${keys++}`,
  };
}
