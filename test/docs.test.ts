import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docCommentExamples, type Example, markdownExamples } from './docs/example.ts';
import { filesUnder, repository } from './docs/repository.ts';
import { bundle, clear, runExample, typecheck, writeExamples } from './docs/workshop.ts';

const text = (file: string): string => readFileSync(join(repository, file), 'utf8');
const pages = ['README.md', ...filesUnder('docs', '.md')].filter((file) =>
  existsSync(join(repository, file)),
);
const examples: readonly Example[] = [
  ...pages.flatMap((file) => markdownExamples(file, text(file))),
  ...filesUnder('src', '.ts').flatMap((file) => docCommentExamples(file, text(file))),
];
/** Examples that must not pass: proof that the others could fail. */
const [wronglyTyped, misspelt, throwing] = [
  { file: 'wrong.md', line: 1, source: "const count: number = 'text';\n", runs: false },
  { file: 'src/index.ts', line: 1, source: 'const client = db;\nclinet.close();\n', runs: false },
  { file: 'throwing.md', line: 2, source: "\nthrow new Error('Shown to be wrong');\n", runs: true },
] as const satisfies readonly Example[];
const running = examples.filter(({ runs }) => runs);
const named = (list: readonly Example[]): [string, Example][] =>
  list.map((example) => [`${example.file}:${example.line}`, example]);

let complaints: ReadonlyMap<Example | undefined, readonly string[]> = new Map();

beforeAll(async () => {
  const all = [...examples, wronglyTyped, misspelt, throwing];
  writeExamples(all);
  complaints = typecheck(all);
  await bundle([...running, throwing]);
}, 60_000);

afterAll(clear);

describe('examples in the documentation compile', () => {
  test.each(named(examples))('%s', (_, example) => {
    expect(complaints.get(example) ?? []).toEqual([]);
  });

  test('one that does not is found', () => {
    expect(complaints.get(wronglyTyped)).toEqual([expect.stringContaining('(1,7): error TS2322')]);
  });

  test('a fragment may use what the reader has, not misspell what it has itself', () => {
    expect(complaints.get(misspelt)).toEqual([expect.stringContaining("Did you mean 'client'?")]);
  });

  test('nothing else is wrong with them', () => {
    expect(complaints.get(undefined) ?? []).toEqual([]);
  });
});

describe('examples in the documentation run and end', () => {
  test.each(named(running))('%s', (_, example) => {
    expect(runExample(example)).toEqual({ status: 0, stderr: '' });
  });

  test('one that throws is found, on the line it has in its page', () => {
    const { status, stderr } = runExample(throwing);
    expect(status).toBe(1);
    expect(stderr).toMatch(/throwing-md-2\.ts:2:/);
  });
});

describe('how examples are found', () => {
  const page = [
    '# Page',
    '```ts',
    'const a = 1;',
    '```',
    'and on:',
    '```ts continued',
    'a + 1;',
    '```',
    '- item',
    '  ```ts no-run: needs a cluster',
    '  b();',
    '  ```',
    '```sh',
    'npm i',
    '```',
  ].join('\n');

  test('a block keeps the line it has on its page, and a continued one is the same module', () => {
    expect(markdownExamples('page.md', page)).toEqual([
      { file: 'page.md', line: 3, source: '\n\nconst a = 1;\n\n\n\na + 1;\n', runs: true },
      { file: 'page.md', line: 11, source: `${'\n'.repeat(10)}b();\n`, runs: false },
    ]);
  });

  test.each(['no-run', 'no-run:', 'norun: x', 'twoslash'])('"ts %s" is refused', (info) => {
    expect(() => markdownExamples('page.md', `\`\`\`ts ${info}\n\`\`\``)).toThrow('page.md:1');
  });

  test('a doc comment holds fragments, which do not run', () => {
    const source =
      '/**\n * Does it.\n *\n * @example\n * ```ts\n * await client.get("a");\n * ```\n */\nexport {};';
    expect(docCommentExamples('a.ts', source)).toEqual([
      { file: 'a.ts', line: 6, source: `${'\n'.repeat(5)}await client.get("a");\n`, runs: false },
    ]);
  });
});
