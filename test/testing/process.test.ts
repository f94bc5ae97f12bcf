import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  test('is killed when this process exits without having closed it', async () => {
    const memcached = await startMemcached();
    expect(isAlive(memcached.pid)).toBe(true);
    const [killRunning] = process
      .listeners('exit')
      .filter((listener) => listener.name.endsWith('killRunning'));
    killRunning?.call(process, 0);
    await expect.poll(() => isAlive(memcached.pid)).toBe(false);
    await memcached.stop();
    expect(process.listeners('exit').map((listener) => listener.name)).not.toContain('killRunning');
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
