/** Reports that are not believed yet: one a source, with the time when it first said so. */
import type { Topology } from './topology.ts';
import { isElsewhere, isOlder, type Report, saysSame } from './version-rule.ts';

export class Doubts {
  readonly #bySource = new Map<string, Report>();

  get reports(): readonly Report[] {
    return [...this.#bySource.values()];
  }

  get any(): boolean {
    return this.#bySource.size > 0;
  }

  /** Whether one of them would set the current version back, and nodes of now may say that it must not. */
  areOlder(current: Topology | undefined): boolean {
    return this.reports.some((doubt) => isOlder(doubt, current) && !isElsewhere(doubt, current));
  }

  add(report: Report): void {
    const first = this.#bySource.get(report.from);
    if (first === undefined || !saysSame(first, report)) this.#bySource.set(report.from, report);
  }

  /** The current topology was reported again. */
  confirmed(by: Report, current: Topology): void {
    for (const [from, doubt] of this.#bySource) {
      if (by.isEndpoint || !isElsewhere(doubt, current)) this.#bySource.delete(from);
    }
  }

  clear(): void {
    this.#bySource.clear();
  }
}
