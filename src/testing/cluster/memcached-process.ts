import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../embedded/auth-gate.ts';

export interface MemcachedProcess {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Kills it, and resolves once it is gone. Later calls do nothing. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

const NOT_INSTALLED =
  'memcached is not on the PATH: apt-get install memcached (Debian, Ubuntu), brew install memcached (macOS)';

const running = new Set<{ readonly child: ChildProcess; readonly directory: string }>();

/** A test process that ends without closing its clusters must not leave servers behind. */
function killRunning(): void {
  for (const { child, directory } of running) {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Starts a real `memcached` on a free port of 127.0.0.1, with further arguments of its command line if any.
 *
 * @throws Error when it is not installed, or does not start; the message says what it printed.
 */
export async function startMemcached(
  auth?: Credentials,
  extraArgs: readonly string[] = [],
): Promise<MemcachedProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
  const portFile = join(directory, 'port');
  const args = [
    '-l',
    '127.0.0.1',
    '-p',
    '-1',
    '-U',
    '0',
    '-t',
    '2',
    '-c',
    '8192',
    '-u',
    userInfo().username,
    ...extraArgs,
  ];
  if (auth !== undefined) {
    const authFile = join(directory, 'auth');
    writeFileSync(authFile, `${auth.username}:${auth.password}\n`, { mode: 0o600 });
    args.push('-Y', authFile);
  }
  // With port -1 the system picks a free port, and memcached writes it where this variable says.
  const env = { ...process.env, MEMCACHED_PORT_FILENAME: portFile };
  const child = spawn('memcached', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const entry = { child, directory };
  if (running.size === 0) process.once('exit', killRunning);
  running.add(entry);
  let printed = '';
  let failure: Error | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? new Error(NOT_INSTALLED) : error;
      resolve();
    });
    child.once('exit', (code, signal) => {
      failure ??= new Error(`memcached ended with ${signal ?? code}: ${printed.trim()}`);
      resolve();
    });
  }).then(() => {
    rmSync(directory, { recursive: true, force: true });
    running.delete(entry);
    if (running.size === 0) process.removeListener('exit', killRunning);
  });
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (failure === undefined && performance.now() < deadline) {
    const port = readPort(portFile);
    if (port !== undefined) return { pid: child.pid as number, port, stop };
    await Promise.race([sleep(POLL_MS), ended]);
  }
  await stop();
  throw failure ?? new Error(`memcached did not listen within ${START_TIMEOUT_MS} ms: ${printed.trim()}`);
}

/** The file holds `TCP INET: 40123` once memcached listens. */
function readPort(file: string): number | undefined {
  try {
    const match = /^TCP INET: (\d+)$/m.exec(readFileSync(file, 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
