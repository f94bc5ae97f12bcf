/**
 * Runs a program of this repository that is written in TypeScript, with the library's source:
 *
 *   node scripts/run.mjs soak/main.ts --minutes 5
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { root } from './entries.mjs';

const cwd = fileURLToPath(root);
const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error('Usage: node scripts/run.mjs program.ts [arguments]');
  process.exit(2);
}

// Below node_modules, so that the program finds its packages, and git and the linter do not look.
const cache = join(cwd, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'run-'));
await build({
  cwd,
  input: { main: join(cwd, program) },
  platform: 'node',
  external: (id) => /^[^./]/.test(id),
  transform: { target: 'node20' },
  output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs', sourcemap: true },
  logLevel: 'warn',
});

// With gc(): what is measured after it is what is really held.
const flags = ['--enable-source-maps', '--expose-gc'];
const child = spawn(process.execPath, [...flags, join(folder, 'main.mjs'), ...args], {
  cwd,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.once('close', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
