/**
 * Resolves the name of one node, anew for each dial. While that fails or takes long, it gives the address
 * that the name is known to have: a cluster does not go down with the DNS.
 */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { addressesOf } from '../connection/addresses.ts';

/** Says that there is no such name, rather than that nobody could be asked. */
const GONE: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);
/** A lookup that never ends must not keep others from trying. */
const JOIN_MS = 10_000;

export class NodeLookup {
  readonly #lookup: LookupFunction | undefined;
  readonly #patienceMs: number;
  readonly #onGone: () => void;
  /** What the name was last resolved to. */
  #last: readonly LookupAddress[] | undefined;
  #underWay: Promise<readonly LookupAddress[]> | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  /** Whether it was told already that the name is gone. */
  #isGone = false;

  /**
   * @param patienceMs how long a name may take before a known address is used instead.
   * @param onGone told once when the name is gone, though a known address does for now.
   */
  constructor(lookup: LookupFunction | undefined, patienceMs: number, onGone: () => void) {
    this.#lookup = lookup;
    this.#patienceMs = patienceMs;
    this.#onGone = onGone;
  }

  /**
   * For `net.connect`.
   *
   * @param address the IP that discovery gave for the name, if any.
   */
  orElse(address: string | undefined): LookupFunction {
    return (hostname, options, callback) => {
      const answer = once((error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]) => {
        clearTimeout(timer);
        if (options.all === true) callback(error, [...found]);
        else callback(error, found[0]?.address ?? '', found[0]?.family);
      });
      const known = (): readonly LookupAddress[] | undefined =>
        address === undefined ? this.#last : [{ address, family: isIP(address) }];
      const timer = setTimeout(() => {
        const found = known();
        if (found !== undefined) answer(null, found);
      }, this.#patienceMs);
      timer.unref();
      this.#resolve(hostname).then(
        (found) => answer(null, found),
        (error: NodeJS.ErrnoException) => {
          const isGone = GONE.has(error.code);
          // An address that a name had once may be another's by now, if the name itself is gone.
          const found = address === undefined && isGone ? undefined : known();
          if (found === undefined) answer(error, []);
          else {
            answer(null, found);
            if (isGone) this.#tellGone();
          }
        },
      );
    };
  }

  #tellGone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#onGone();
  }

  /** One lookup at a time: in an outage of the DNS they take long, and the process has few threads for them. */
  #resolve(hostname: string): Promise<readonly LookupAddress[]> {
    const now = performance.now();
    if (this.#underWay !== undefined && now - this.#startedAt < JOIN_MS) return this.#underWay;
    const lookup = addressesOf(hostname, this.#lookup);
    this.#underWay = lookup;
    this.#startedAt = now;
    const ended = (): void => {
      if (this.#underWay === lookup) this.#underWay = undefined;
    };
    lookup.then((found) => {
      this.#last = found;
      this.#isGone = false;
      ended();
    }, ended);
    return lookup;
  }
}

/** A name may be answered twice: by what is known, and late by the resolver. */
function once<A extends unknown[]>(answer: (...args: A) => void): (...args: A) => void {
  let answered = false;
  return (...args) => {
    if (answered) return;
    answered = true;
    answer(...args);
  };
}
