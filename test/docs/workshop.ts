import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'rolldown';
import { entries } from '../../scripts/entries.mjs';
import type { Example } from './example.ts';
import { filesUnder, repository } from './repository.ts';

/** Inside the repository, so that the examples resolve the packages it has installed. */
const folder = join(repository, '.examples');

/** What fragments in doc comments take as given. */
const given = { client: 'MemcachedClient', cache: 'Cache', caches: 'Caches' };

function nameOf({ file, line }: Example): string {
  return `${file.replaceAll(/\W+/g, '-')}-${line}`;
}

/** Names in the `export { … }` lists and export declarations of a source file. */
function exportedNames(source: string): readonly string[] {
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(','),
  );
  const listed = lists.map((item) =>
    item
      .trim()
      .replace(/^type /, '')
      .replace(/^.* as /, ''),
  );
  const declared = source.matchAll(
    /^export (?:declare |abstract |async )*(?:class|function\*?|const|interface|type) (\w+)/gm,
  );
  return [...listed, ...[...declared].map(([, name = '']) => name)].filter((name) => /^\w+$/.test(name));
}

/** Where a fragment's names come from, best first: its own file, the entries, the other files. */
function modulesFor(example: Example): readonly (readonly [specifier: string, path: string])[] {
  const beside = (path: string): readonly [string, string] => [relative(folder, path), path];
  const published = entries().map((it) => [it.specifier, join(repository, it.source)] as const);
  const internal = filesUnder('src', '.ts').map((file) => beside(join(repository, file)));
  return [beside(join(repository, example.file)), ...published, ...internal];
}

/** A fragment names what it shows without importing it: imports that, on the blank lines above it. */
function withImports(example: Example): string {
  const taken = new Set<string>(Object.keys(given));
  const imports: string[] = [];
  for (const [specifier, path] of modulesFor(example)) {
    const names = exportedNames(readFileSync(path, 'utf8')).filter((name) => {
      const used = new RegExp(`(?<![.\\w])${name}\\b`).test(example.source);
      const bound = new RegExp(`^import .*\\b${name}\\b|\\b(?:const|function|class|let) ${name}\\b`, 'm');
      return used && !taken.has(name) && !bound.test(example.source);
    });
    for (const name of names) taken.add(name);
    if (names.length > 0) imports.push(`import { ${names.join(', ')} } from '${specifier}';`);
  }
  return imports.join(' ') + example.source;
}

function writeTypesOfGivenNames(): void {
  const main = readFileSync(join(repository, 'src/index.ts'), 'utf8');
  const known = Object.entries(given).filter(([, type]) => exportedNames(main).includes(type));
  const lines = known.map(([name, type]) => `  const ${name}: import('memfleet').${type};`);
  writeFileSync(join(folder, 'given.d.ts'), `declare global {\n${lines.join('\n')}\n}\nexport {};\n`);
}

/** Writes every example as a module of one TypeScript project; `clear` takes it away. */
export function writeExamples(examples: readonly Example[]): void {
  clear();
  mkdirSync(folder);
  for (const example of examples) {
    const source = example.file.endsWith('.md') ? example.source : withImports(example);
    writeFileSync(join(folder, `${nameOf(example)}.ts`), `${source}\nexport {};\n`);
  }
  writeTypesOfGivenNames();
  const paths = Object.fromEntries(entries().map(({ specifier, source }) => [specifier, [`../${source}`]]));
  const compilerOptions = {
    paths,
    // Examples are users' modules: these stricter settings are the library's own.
    noUncheckedIndexedAccess: false,
    declaration: false,
    isolatedDeclarations: false,
    verbatimModuleSyntax: false,
    rootDir: '..',
  };
  const files = ['given.d.ts', ...examples.map((example) => `${nameOf(example)}.ts`)];
  const project = { extends: '../tsconfig.json', compilerOptions, files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
}

export function clear(): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * In a fragment, a variable that nothing declares is something the reader has (`db`, `loadUser`). A
 * misspelt name is still found: the compiler then suggests the right one, under another code.
 */
const readersOwn = /: error TS2304: Cannot find name '[a-z]\w*'\.$/;

/** The compiler's complaints, by the example they are about; others under `undefined`. */
export function typecheck(examples: readonly Example[]): ReadonlyMap<Example | undefined, readonly string[]> {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  });
  const complaints = new Map<Example | undefined, string[]>();
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    // The library's own files have their own check.
    if (line.startsWith('../')) continue;
    const about = examples.find((example) => line.startsWith(`${nameOf(example)}.ts(`));
    if (about?.file.endsWith('.ts') && readersOwn.test(line)) continue;
    complaints.set(about, [...(complaints.get(about) ?? []), line]);
  }
  if (status !== 0 && stdout === '') complaints.set(undefined, [`tsc ended with ${status}`]);
  return complaints;
}

/** Bundles the running examples with the library's source, so that no stale build can make them pass. */
export async function bundle(examples: readonly Example[]): Promise<void> {
  const sources = new Map(entries().map(({ specifier, source }) => [specifier, join(repository, source)]));
  await build({
    cwd: folder,
    input: Object.fromEntries(examples.map((example) => [nameOf(example), `./${nameOf(example)}.ts`])),
    platform: 'node',
    plugins: [{ name: 'memfleet-source', resolveId: (id) => sources.get(id) ?? null }],
    external: (id) => /^[^./]/.test(id) && !sources.has(id),
    transform: { target: 'node20' },
    output: { dir: join(folder, 'out'), entryFileNames: '[name].mjs', sourcemap: true },
    logLevel: 'silent',
  });
}

export interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs a bundled example as a user would: a process of its own, which must end by itself. */
export function runExample(example: Example): Outcome {
  const script = join(folder, 'out', `${nameOf(example)}.mjs`);
  const { status, stderr } = spawnSync(process.execPath, ['--enable-source-maps', script], {
    cwd: repository,
    encoding: 'utf8',
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  return { status, stderr };
}
