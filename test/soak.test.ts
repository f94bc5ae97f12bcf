import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { repository } from './docs/repository.ts';

/** The same faults in every run of the tests; `npm run soak` is what looks for others. */
const SEED = 20;

function run(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'soak/main.ts', ...args], { cwd: repository });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

describe('a soak', () => {
  test.each(['memcached', 'embedded'])('of %s finds nothing wrong', { timeout: 120_000 }, async (engine) => {
    const { output, status } = await run(['--minutes', '0.15', '--seed', String(SEED), '--engine', engine]);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(output).toMatch(/^Operations, [1-9]\d*: .*get \d+/m);
    expect(output).toMatch(/^Faults, [1-9]\d*: /m);
    expect(output).toMatch(/^Values held against what was written: [1-9]\d*$/m);
    expect(status).toBe(0);
  });

  test('says what an option may be', async () => {
    const { output, status } = await run(['--engine', 'redis']);
    expect(output).toContain('--engine is memcached or embedded, not redis');
    expect(status).toBe(1);
  });
});
