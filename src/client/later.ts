import type { Slot } from '../connection/slot.ts';

/** A result that comes later than its reply: it is decompressed on another thread, or chunks of it are read. */
export class Later {
  readonly result: Promise<unknown>;

  constructor(result: Promise<unknown>) {
    this.result = result;
    // Its slot may have been settled by something else.
    result.catch(() => undefined);
  }

  settle(slot: Slot): void {
    this.result.then(
      (value) => slot.succeed(value),
      (error) => {
        // It was answered: what failed since is not made good by asking again.
        slot.route = 'again';
        slot.fail(error);
      },
    );
  }
}
