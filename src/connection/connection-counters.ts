import { LatencyHistogram } from '../common/latency-histogram.ts';

/** What the connections of one node have done, one after another or side by side. */
export class ConnectionCounters {
  opened = 0;
  closed = 0;
  replies = 0;
  timedOut = 0;
  bytesRead = 0;
  /** Time-outs since the last reply: what health counts. */
  timeoutsInARow = 0;
  readonly latency: LatencyHistogram = new LatencyHistogram();

  answered(latencyMs: number): void {
    this.replies++;
    this.timeoutsInARow = 0;
    this.latency.record(latencyMs);
  }
}
