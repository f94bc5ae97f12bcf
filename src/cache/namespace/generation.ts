/**
 * What the keys of a namespace hold, so that another one hides all of them: milliseconds since 1970 and a
 * random number, both to the base of 36. The time makes the younger of two known; the random part, of 41
 * bits, lets nobody guess a key of the namespace from outside of it.
 */

const RANDOM_DIGITS = 8;
/** The time has eight digits until 2059. */
const GENERATION = /^[0-9a-z]{16,18}$/;

/** As long as a generation is, where none is needed. */
export const SAMPLE_GENERATION: string = '0'.repeat(16);

/** One that was never used before, and is younger than `latest`. */
export function generationAfter(latest: string | undefined): string {
  const timeMs = Math.max(Date.now(), latest === undefined ? 0 : timeOf(latest) + 1);
  // Loaded when first needed (`bench` cold start).
  const { randomInt } = process.getBuiltinModule('node:crypto');
  return digits(timeMs) + digits(randomInt(36 ** RANDOM_DIGITS));
}

/** The generation that is stored, or `undefined` where something else is. */
export function readGeneration(stored: unknown): string | undefined {
  // Codecs of bytes alone give bytes.
  const text = stored instanceof Uint8Array ? Buffer.from(stored).toString('latin1') : stored;
  return typeof text === 'string' && GENERATION.test(text) ? text : undefined;
}

export function isOlder(generation: string, latest: string | undefined): boolean {
  return latest !== undefined && timeOf(generation) < timeOf(latest);
}

function timeOf(generation: string): number {
  return Number.parseInt(generation.slice(0, -RANDOM_DIGITS), 36);
}

function digits(value: number): string {
  return value.toString(36).padStart(RANDOM_DIGITS, '0');
}
