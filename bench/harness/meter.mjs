import { build } from 'hdr-histogram-js';

/** Counts operations and samples latencies of one stretch of time; `lap` closes the stretch and starts anew. */
export class Meter {
  /** Added to by the load, directly: a call for each operation would cost more than some of them. */
  count = 0;

  #latency = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000_000,
    numberOfSignificantValueDigits: 3,
  });
  #countBefore = 0;
  #startedAt = process.hrtime.bigint();
  #cpuBefore = process.cpuUsage();

  /** @param {number} milliseconds */
  record(milliseconds) {
    this.#latency.recordValue(Math.max(1, Math.round(milliseconds * 1e6)));
  }

  lap() {
    const now = process.hrtime.bigint();
    const cpu = process.cpuUsage(this.#cpuBefore);
    const operations = this.count - this.#countBefore;
    const seconds = Number(now - this.#startedAt) / 1e9;
    const at = (/** @type {number} */ percentile) => this.#latency.getValueAtPercentile(percentile) / 1e6;
    const result = {
      rate: operations / seconds,
      cpuMicros: (cpu.user + cpu.system) / operations,
      p50: at(50),
      p99: at(99),
      p999: at(99.9),
    };
    this.#latency.reset();
    this.#countBefore = this.count;
    this.#cpuBefore = process.cpuUsage();
    this.#startedAt = process.hrtime.bigint();
    return result;
  }
}
