import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Lowest first. A folder imports only from the folders before it. */
const layers = [
  'common',
  'protocol',
  'codec',
  'connection',
  'node',
  'topology',
  'client',
  'cache',
  'integrations',
] as const;
const outer = ['testing', 'cli'] as const;
const leaves = ['errors.ts', 'diagnostics.ts'] as const;

const order: readonly string[] = layers;

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const rank = order.indexOf(from);
  if (rank === -1) return to === 'index.ts' || to === 'protocol/index.ts';
  if (to === 'codec') return from === 'client';
  if (to === 'diagnostics.ts') return from !== 'protocol';
  if (to === 'errors.ts') return true;
  if (to === 'protocol/index.ts') return rank >= order.indexOf('protocol');
  const target = order.indexOf(to);
  return target !== -1 && target < rank;
}

interface Snippet {
  readonly path: string;
  readonly source: string;
  /** Rules that must report this file; none means that it must pass. */
  readonly rules: readonly string[];
}

function* layerSnippets(): Generator<Snippet> {
  const targets = [...layers, ...outer, ...leaves, 'index.ts', 'protocol/index.ts'];
  for (const from of [...layers, ...outer]) {
    for (const to of targets) {
      const specifier = to.endsWith('.ts') ? to : `${to}/inner/noun.ts`;
      const rules = mayImport(from, to) ? [] : ['noRestrictedImports'];
      const name = to.replaceAll(/\W/g, '-');
      const value = `import { noun } from '../${specifier}';\nexport const used = noun;\n`;
      const type = `import type { Noun } from '../../${specifier}';\nexport type Used = Noun;\n`;
      yield { path: `src/${from}/to-${name}.ts`, source: value, rules };
      yield { path: `src/${from}/deep/to-${name}.ts`, source: type, rules };
      yield {
        path: `src/${from}/again-${name}.ts`,
        source: `export { noun } from '../${specifier}';\n`,
        rules,
      };
    }
  }
}

/** One snippet for each other house rule, and one that looks alike and must pass. */
const ruleSnippets: readonly Snippet[] = [
  {
    path: 'src/errors.ts',
    source: "import { noun } from './client/noun.ts';\nexport const used = noun;\n",
    rules: ['noRestrictedImports'],
  },
  {
    path: 'src/index.ts',
    source: "export { server } from './testing/server.ts';\n",
    rules: ['noRestrictedImports'],
  },
  ...['node:net', 'node:fs/promises'].map((module, index) => ({
    path: `src/protocol/builtin-${index}.ts`,
    source: `import { something } from '${module}';\nexport const used = something;\n`,
    rules: ['noRestrictedImports'],
  })),
  {
    path: 'src/protocol/clock.ts',
    source: 'export const now = (): number => Date.now();\n',
    rules: ['noRestrictedGlobals'],
  },
  { path: 'src/client/clock.ts', source: 'export const now = (): number => Date.now();\n', rules: [] },
  {
    path: 'src/client/floating.ts',
    source:
      'const wait = async (): Promise<void> => {};\nexport function start(): void {\n  wait();\n}\n' +
      'export async function proper(): Promise<void> {\n  await wait();\n}\n',
    rules: ['noFloatingPromises'],
  },
  {
    path: 'src/client/chicken.ts',
    source: "import { egg } from './egg.ts';\nexport const chicken = (): unknown => egg;\n",
    rules: ['noImportCycles'],
  },
  {
    path: 'src/client/egg.ts',
    source: "import { chicken } from './chicken.ts';\nexport const egg = (): unknown => chicken;\n",
    rules: ['noImportCycles'],
  },
  { path: 'src/client/any.ts', source: 'export const loose: any = 1;\n', rules: ['noExplicitAny'] },
  { path: 'src/client/enum.ts', source: 'export enum State {\n  Up = 1,\n}\n', rules: ['noEnum'] },
  { path: 'src/client/default.ts', source: 'export default 1;\n', rules: ['noDefaultExport'] },
  { path: 'vitest.config.ts', source: 'export default {};\n', rules: [] },
  {
    path: 'src/client/readonly.ts',
    source: 'export class Noun {\n  #size = 1;\n  get size(): number {\n    return this.#size;\n  }\n}\n',
    rules: ['useReadonlyClassProperties'],
  },
  {
    path: 'src/client/throw.ts',
    source: "export function fail(): never {\n  throw 'text';\n}\n",
    rules: ['useThrowOnlyError'],
  },
  { path: 'src/client/star.ts', source: "export * from './any.ts';\n", rules: ['noReExportAll'] },
  {
    path: 'src/client/builtin.ts',
    source: "import { connect } from 'net';\nexport const used = connect;\n",
    rules: ['useNodejsImportProtocol'],
  },
  { path: 'src/client/print.ts', source: "console.log('here');\n", rules: ['noConsole'] },
  { path: 'src/cli/print.ts', source: "console.log('here');\n", rules: [] },
  {
    path: 'test/client/skipped.test.ts',
    source: "import { test } from 'vitest';\n\ntest.skip('later', () => {});\n",
    rules: ['noSkippedTests'],
  },
  {
    path: 'src/client/long.ts',
    source: Array.from({ length: 401 }, (_, line) => `export const line${line} = ${line};\n`).join(''),
    rules: ['noExcessiveLinesPerFile'],
  },
];

interface BiomeReport {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

const snippets: readonly Snippet[] = [...layerSnippets(), ...ruleSnippets];
const project = mkdtempSync(join(tmpdir(), 'memfleet-lint-'));
const reported = new Map<string, Set<string>>();

beforeAll(async () => {
  copyFileSync(join(root, 'biome.json'), join(project, 'biome.json'));
  for (const { path, source } of snippets) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), source);
  }
  // One run over every snippet: starting the linter costs far more than linting a file.
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'];
  const run = promisify(execFile)(process.execPath, [biome, ...args], {
    cwd: project,
    maxBuffer: 2 ** 26,
  });
  const { stdout } = await run.catch((failed: { stdout: string }) => failed);
  const report = JSON.parse(stdout) as BiomeReport;
  for (const { category, location } of report.diagnostics) {
    const rule = category.slice(category.lastIndexOf('/') + 1);
    // Some rules report one place twice.
    reported.set(location.path, (reported.get(location.path) ?? new Set()).add(rule));
  }
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function verdicts(of: readonly Snippet[]): Record<string, readonly string[]> {
  return Object.fromEntries(of.map(({ path }) => [path, [...(reported.get(path) ?? [])]]));
}

function expected(of: readonly Snippet[]): Record<string, readonly string[]> {
  return Object.fromEntries(of.map(({ path, rules }) => [path, rules]));
}

describe('layers', () => {
  test.each([...layers, ...outer])('%s/ imports what is below it, and nothing else', (layer) => {
    const own = [...layerSnippets()].filter(({ path }) => path.startsWith(`src/${layer}/`));
    expect(own.length).toBeGreaterThan(30);
    expect(verdicts(own)).toEqual(expected(own));
  });

  test('every folder of src/ has its place in the order', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((it) => it.isDirectory());
    for (const { name } of folders) expect([...layers, ...outer]).toContain(name);
  });
});

describe('house rules', () => {
  test.each(ruleSnippets)('$path: $rules', (snippet) => {
    expect(verdicts([snippet])).toEqual(expected([snippet]));
  });
});
