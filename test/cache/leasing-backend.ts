import type { EntryLife, FindOptions, Found, Hold } from '../../src/index.ts';
import { MapBackend } from './map-backend.ts';

/** A backend with leases as users would write one. It knows no time: leases and entries end by hand. */
export class LeasingBackend extends MapBackend {
  readonly leases: Map<string, Hold> = new Map();
  /** Seconds that entries have left of their ttl. */
  readonly freshTtls: Map<string, number> = new Map();

  async find(key: string, { lease }: FindOptions): Promise<Found> {
    if (this.values.has(key)) {
      const value = this.values.get(key);
      return { kind: 'entry', value, freshTtl: this.freshTtls.get(key), lease: undefined, hold: { value } };
    }
    if (lease === undefined) return { kind: 'miss' };
    const hold = this.leases.get(key);
    if (hold !== undefined) return { kind: 'lost', hold };
    const won = {};
    this.leases.set(key, won);
    return { kind: 'won', hold: won };
  }

  async put(key: string, value: unknown, { ttl }: EntryLife, hold: Hold | undefined): Promise<boolean> {
    const ends = this.leases.get(key) === hold;
    if (ends) this.leases.delete(key);
    if (!ends && (hold as { value?: unknown }).value !== this.values.get(key)) return false;
    this.freshTtls.delete(key);
    return this.set(key, value, ttl);
  }

  async claim(key: string, _ttl: number, takeOver: boolean): Promise<Hold | undefined> {
    if (this.leases.has(key) && !takeOver) return undefined;
    const won = {};
    this.leases.set(key, won);
    return won;
  }

  async release(key: string, hold: Hold): Promise<void> {
    if (this.leases.get(key) === hold) this.leases.delete(key);
  }
}
