/** How figures are written in the table of faults, and the clock they are taken with. */

// What a test fakes later is not this object.
const clock = performance;

/** Milliseconds that really passed, whatever clock the test has faked. */
export function now(): number {
  return clock.now();
}

export function ms(value: number): string {
  if (value >= 10_000) return seconds(value);
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} ms`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** @param value milliseconds. */
export function seconds(value: number): string {
  if (value >= HOUR_MS && value % HOUR_MS === 0) return `${value / HOUR_MS} h`;
  if (value > MINUTE_MS && value % MINUTE_MS === 0) return `${value / MINUTE_MS} min`;
  return `${value % 1_000 === 0 ? value / 1_000 : (value / 1_000).toFixed(1)} s`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function megabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 1_048_576).toFixed(1)} MB`;
}

/** @param q 0.99 for the value that 99 % are not above. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
