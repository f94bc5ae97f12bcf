import { type Resources, round } from './resources.ts';
import type { Result } from './soak.ts';

/** The figures of a run; the last line is `N violations`. */
export function report({ after, before, figures, violations }: Result): string {
  const lines: string[] = [];
  const list = (title: string, entries: readonly (readonly [string, number])[]): void => {
    lines.push(`${title}: ${entries.map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`);
  };
  list(`Operations, ${figures.operations.total}`, figures.operations.entries);
  list(`Failures by code, ${figures.failures.total}`, figures.failures.entries);
  list(`Faults, ${figures.faults.total}`, figures.faults.entries);
  lines.push(
    `Values held against what was written: ${figures.checkedReads}`,
    `Topology changes followed: ${figures.topologyChanges}, connections opened: ${figures.connectionsOpened}`,
    `Longest call: ${round(figures.maxLatencyMs)} ms, to a healthy node: ${round(figures.maxHealthyLatencyMs)} ms; ` +
      `longest stall of this process: ${round(figures.maxStallMs)} ms`,
  );
  lines.push('Held at the first quiet point, and at the last:');
  for (const name of Object.keys(before) as (keyof Resources)[]) {
    lines.push(
      `  ${name.padEnd(12)} ${String(round(before[name])).padStart(8)} ${String(round(after[name])).padStart(8)}`,
    );
  }
  for (const [kind, count] of violations.counts) lines.push(`${count} times: ${kind}`);
  lines.push(`${violations.count} violations`);
  return lines.join('\n');
}
