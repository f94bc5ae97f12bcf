import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
const LIMIT_MS = 10_000;

/** How a process ended: by itself, or because it did not. */
export interface Ended {
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly output: string;
}

/**
 * Writes a module, for a process or a worker of its own, and gives its path. `createClient` is imported for
 * it, and its arguments are in `args`. It is there until the test ends.
 */
export async function writeScript(source: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-script-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const bundle = await rolldown({ input: ENTRY, platform: 'node' });
  await bundle.write({ file: join(directory, 'memfleet.mjs'), format: 'esm', codeSplitting: false });
  await bundle.close();
  const script = join(directory, 'script.mjs');
  writeFileSync(
    script,
    `import { createClient } from './memfleet.mjs';\nconst args = process.argv.slice(2);\n${source}`,
  );
  return script;
}

/** Runs a module of {@link writeScript} in a process. */
export async function runScript(source: string, args: readonly string[]): Promise<Ended> {
  return ended(spawnScript(await writeScript(source), args));
}

/** Starts a process of it, which messages may be exchanged with; it is killed when the test ends. */
export function spawnScript(script: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, timedOut, output });
    });
  });
}
