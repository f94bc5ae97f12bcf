import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startCluster } from '../../src/testing/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('real memcached', () => {
  test('that is not installed is said to be, with what to do', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'memfleet-empty-'));
    vi.stubEnv('PATH', empty);
    await expect(startCluster({ nodes: 2 })).rejects.toThrow(/not on the PATH: apt-get install memcached/);
    rmSync(empty, { recursive: true });
  });

  test('that does not start tells what it printed', async () => {
    await expect(startMemcached(undefined, ['-m', '0x'])).rejects.toThrow(/memcached ended with/);
  });

  test('does not outlive a process that was killed', async () => {
    const entry = fileURLToPath(new URL('../../src/testing/cluster/memcached-process.ts', import.meta.url));
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-orphan-'));
    const script = join(directory, 'orphan.mjs');
    await build({
      input: entry,
      platform: 'node',
      output: { file: join(directory, 'memcached-process.mjs') },
    });
    writeFileSync(
      script,
      "import { startMemcached } from './memcached-process.mjs';\nconsole.log((await startMemcached()).pid);\n",
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (text) => resolve(Number(text)));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
    rmSync(directory, { recursive: true });
  });

  test('ends with its cluster', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const pids = await Promise.all(
      cluster.nodes.map(async (node) => Number((await node.stats()).engine?.pid)),
    );
    expect(pids.map(isAlive)).toEqual([true, true]);
    await Promise.all([cluster.close(), cluster.close()]);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});
