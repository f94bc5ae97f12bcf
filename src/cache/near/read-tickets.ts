/** The reads of one key that are under way, and since whose beginning nothing was written here. */
interface Ticket {
  reads: number;
}

/**
 * Tells which reads a write of this process came between. Such a read may have found what was there before
 * the write, and learn of it after.
 */
export class ReadTickets {
  readonly #tickets = new Map<string, Ticket>();
  /** How many writes of a key are under way. */
  readonly #writes = new Map<string, number>();
  #clears = 0;

  /** Before a read; what it gives is given back to `end`. */
  begin(key: string): Ticket | undefined {
    if (this.#clears > 0 || this.#writes.has(key)) return undefined;
    const ticket = this.#tickets.get(key) ?? { reads: 0 };
    ticket.reads++;
    this.#tickets.set(key, ticket);
    return ticket;
  }

  /** After a read, however it ended: whether no write was under way at any time of it. */
  end(key: string, ticket: Ticket | undefined): boolean {
    if (ticket === undefined || this.#tickets.get(key) !== ticket) return false;
    ticket.reads--;
    if (ticket.reads === 0) this.#tickets.delete(key);
    return true;
  }

  beginWrite(keys: readonly string[]): void {
    for (const key of keys) {
      this.#tickets.delete(key);
      this.#writes.set(key, (this.#writes.get(key) ?? 0) + 1);
    }
  }

  endWrite(keys: readonly string[]): void {
    for (const key of keys) {
      const others = (this.#writes.get(key) as number) - 1;
      if (others === 0) this.#writes.delete(key);
      else this.#writes.set(key, others);
    }
  }

  beginClear(): void {
    this.#tickets.clear();
    this.#clears++;
  }

  endClear(): void {
    this.#clears--;
  }
}
