import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundled, bundled } from './harness/bundled.ts';

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let demoProgram: Bundled;

beforeAll(async () => {
  demoProgram = await bundled('demo/main.mjs');
});

afterAll(() => demoProgram.remove());

function demo(args: readonly string[], onOutput: (text: string, interrupt: () => void) => void = () => {}) {
  return new Promise<Run>((resolve, reject) => {
    const child = spawn(process.execPath, [demoProgram.program, ...args], { cwd: demoProgram.folder });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput(stdout, () => child.kill('SIGINT'));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

describe('the demo', () => {
  test('follows every change without a failed call, and shows it', { timeout: 60_000 }, async () => {
    const report = join(demoProgram.folder, 'report.html');
    const { status, stdout, stderr } = await demo(['--short', '--report', report]);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // A system such as macOS has no second address to replace a node at.
    const replaced = stdout.includes('one loopback address')
      ? []
      : ['node b replaced', "b's old process ends"];
    for (const event of ['node c added', ...replaced, 'node a crashes', 'node a dropped']) {
      expect(stdout).toContain(event);
    }
    const rows = tableRows(stdout);
    expect(rows.get('Followed: added')?.[1]).toBe('never');
    expect(rows.get('Followed: added')?.[2]).toMatch(/^\d+\.\d s$/);
    expect(rows.get('Failed calls: added')?.[2]).toBe('0');
    expect(rows.get('Failed calls: replaced')?.[2]).toBe(replaced.length > 0 ? '0' : undefined);
    const [, fixed = Number.NaN, discovery = Number.NaN] = numbers(
      rows.get('Failed calls: crashed, not listed'),
    );
    expect(discovery).toBeLessThan(fixed);
    // Not a terminal: no colours, no line that is written over.
    expect(stdout).not.toContain('\u001b');

    const page = readFileSync(report, 'utf8');
    for (const label of rows.keys()) expect(page).toContain(`<td>${label}</td>`);
    for (const id of ['gets-endpoint', 'gets-fixed', 'gets-discovery', 'hit-rate', 'failures']) {
      expect(page).toContain(`<canvas id="${id}"`);
    }
    expect(page).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)=/);
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code);
    expect(scripts).toHaveLength(2);
    for (const code of scripts) expect(() => new Script(code)).not.toThrow();
    expect(chartData(scripts[1] ?? '')).toEqual({ endpoint: 1, discovery: 3 });
  });

  test('ends all it started when it is interrupted', { timeout: 60_000 }, async () => {
    let interrupted = false;
    const { status, stdout } = await demo(['--short', '--engine', 'embedded'], (text, interrupt) => {
      // Once: a second time would end it the hard way.
      if (interrupted || !text.includes('node c added')) return;
      interrupted = true;
      interrupt();
    });
    expect(status).toBe(130);
    expect(stdout).toMatch(/Stopped\.\n$/);
  });

  test('says what an option may be', async () => {
    const { status, stderr } = await demo(['--engine', 'redis']);
    expect(status).toBe(1);
    expect(stderr).toBe('Failed: --engine is memcached or embedded, not redis\n');
  });
});

/** The cells of each line of the table, by its label. */
function tableRows(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = text.split('\n').filter((line) => line.startsWith('│'));
  const rows = lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(rows.flatMap(([label = '', ...cells]) => (label === '' ? [] : [[label, cells] as const])));
}

function numbers(cells: readonly string[] = []): readonly number[] {
  return cells.map((cell) => Number(cell.replaceAll(',', '')));
}

/** How many nodes took gets at once, at most, in the first way and in discovery. */
function chartData(code: string): { endpoint: number; discovery: number } {
  const data = JSON.parse(code.slice(code.lastIndexOf(')(Chart, ') + 9, code.lastIndexOf(');'))) as {
    ways: { id: string; samples: { getsPerNode: Record<string, number> }[] }[];
  };
  const most = (id: string): number => {
    const samples = data.ways.find((way) => way.id === id)?.samples ?? [];
    // By name: b and what replaced it are both busy for a moment. So are, in the first way, the nodes
    // before and after a new connection, which is why most samples decide there.
    const busy = samples.map(({ getsPerNode }) => {
      const names = Object.keys(getsPerNode).filter((name) => (getsPerNode[name] ?? 0) > 100);
      return new Set(names.map((name) => name[0])).size;
    });
    return id === 'endpoint' ? mostCommon(busy) : Math.max(...busy);
  };
  return { endpoint: most('endpoint'), discovery: most('discovery') };
}

function mostCommon(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}
