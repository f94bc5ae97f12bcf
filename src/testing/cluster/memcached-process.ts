import { spawn } from 'node:child_process';
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

/** What a shell exits with when it finds no such command. */
const COMMAND_NOT_FOUND = 127;

const NOT_INSTALLED =
  'memcached is not on the PATH: apt-get install memcached (Debian, Ubuntu), brew install memcached (macOS)';

/**
 * Becomes memcached, and leaves a watcher behind that kills it when the pipe to this process closes without
 * a word: a test process that is killed has no chance to do so itself.
 */
const WATCHED = [
  'exec 3<&0',
  '(read -r _ <&3 || kill -9 $$) >/dev/null 2>&1 &',
  'exec memcached "$@" </dev/null 3<&-',
].join('\n');

/**
 * Starts a real `memcached` on a free port of 127.0.0.1, with further arguments of its command line and
 * variables of its environment if any. It ends with this process, however that ends.
 *
 * @throws Error when it is not installed, or does not start; the message says what it printed.
 */
export async function startMemcached(
  auth?: Credentials,
  extraArgs: readonly string[] = [],
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<MemcachedProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
  try {
    return await start(directory, auth, extraArgs, extraEnv);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function start(
  directory: string,
  auth: Credentials | undefined,
  extraArgs: readonly string[],
  extraEnv: Readonly<Record<string, string>>,
): Promise<MemcachedProcess> {
  const portFile = join(directory, 'port');
  const args = ['-l', '127.0.0.1', '-p', '-1', '-U', '0', '-t', '2', '-c', '8192', '-u', userInfo().username];
  if (auth !== undefined) {
    const authFile = join(directory, 'auth');
    writeFileSync(authFile, `${auth.username}:${auth.password}\n`, { mode: 0o600 });
    args.push('-Y', authFile);
  }
  // With port -1 the system picks a free port, and memcached writes it where this variable says.
  const env = { ...process.env, ...extraEnv, MEMCACHED_PORT_FILENAME: portFile };
  const child = spawn('/bin/sh', ['-c', WATCHED, 'memcached', ...args, ...extraArgs], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let printed = '';
  let failure: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  // The watcher may be gone first.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
    child.once('exit', (code, signal) => {
      failure ??= new Error(
        code === COMMAND_NOT_FOUND
          ? NOT_INSTALLED
          : `memcached ended with ${signal ?? code}: ${printed.trim()}`,
      );
      child.stdin.end('ended\n');
      resolve();
    });
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
