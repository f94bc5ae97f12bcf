/** A client of a Map: what a soak must find nothing wrong with, until it is made to lie. */
import { EventEmitter } from 'node:events';
import type { MemcachedClient } from '../../src/index.ts';

interface Item {
  value: unknown;
  casToken: bigint;
}

export class FakeClient extends EventEmitter {
  readonly items: Map<string, Item> = new Map();
  #token = 0n;

  static as(client: FakeClient): MemcachedClient {
    return client as unknown as MemcachedClient;
  }

  nodeFor(_key: string): { id: string } {
    return { id: 'node:1' };
  }

  async get(key: string): Promise<unknown> {
    return this.items.get(key)?.value;
  }

  async gets(key: string): Promise<Item | undefined> {
    const item = this.items.get(key);
    return item && { ...item };
  }

  getAndTouch(key: string): Promise<unknown> {
    return this.get(key);
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (const key of keys) {
      const value = await this.get(key);
      if (value !== undefined) found.set(key, value);
    }
    return found;
  }

  async set(key: string, value: unknown): Promise<boolean> {
    this.items.set(key, { value, casToken: ++this.#token });
    return true;
  }

  async setMany(entries: readonly (readonly [string, unknown])[]): Promise<string[]> {
    for (const [key, value] of entries) await this.set(key, value);
    return [];
  }

  async add(key: string, value: unknown): Promise<boolean> {
    return this.items.has(key) ? false : this.set(key, value);
  }

  async cas(key: string, value: unknown, casToken: bigint): Promise<'stored' | 'exists' | 'notFound'> {
    const item = this.items.get(key);
    if (item === undefined) return 'notFound';
    if (item.casToken !== casToken) return 'exists';
    await this.set(key, value);
    return 'stored';
  }

  async append(key: string, text: string): Promise<boolean> {
    const item = this.items.get(key);
    return item === undefined ? false : this.set(key, `${item.value}${text}`);
  }

  async delete(key: string): Promise<boolean> {
    return this.items.delete(key);
  }

  async touch(key: string): Promise<boolean> {
    return this.items.has(key);
  }

  async incr(key: string): Promise<number | undefined> {
    const item = this.items.get(key);
    if (item === undefined) return undefined;
    await this.set(key, Number(item.value) + 1);
    return Number(item.value) + 1;
  }
}
