import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { startServer } from '../../src/testing/index.ts';

function memccapable(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('memccapable', ['-h', '127.0.0.1', '-p', String(port), '-a'], { stdio: 'pipe' });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
    child.on('error', (cause) =>
      reject(new Error('memccapable is not installed: apt-get install libmemcached-tools', { cause })),
    );
    child.on('close', () => resolve(output));
  });
}

test("passes libmemcached's protocol check", { timeout: 60_000 }, async () => {
  await using server = await startServer();
  const output = await memccapable(server.port);
  const results = [...output.matchAll(/^(ascii .*?) +\[(\w+)\]$/gm)].map(([, name, result]) => [
    name,
    result,
  ]);
  expect(results.length).toBeGreaterThanOrEqual(27);
  expect(results.filter(([, result]) => result !== 'pass')).toEqual([]);
  expect(output).toContain('All tests passed');
});
