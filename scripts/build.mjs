/** Bundles the entries to dist/*.js and writes their declarations to dist/types. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { entries, manifest, root } from './entries.mjs';

const cwd = fileURLToPath(root);
const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

rmSync(new URL('dist', root), { recursive: true, force: true });

await build({
  cwd,
  input: Object.fromEntries(entries().map(({ name, source }) => [name, source])),
  platform: 'node',
  external: (id) =>
    id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  transform: { target: 'node20' },
  output: { dir: 'dist', format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js', sourcemap: true },
});

const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd,
  stdio: 'inherit',
});
process.exitCode = tsc.status ?? 1;
