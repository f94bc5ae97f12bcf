/** A TypeScript example found in the documentation. */
export interface Example {
  /** The file it is shown in, from the root of the repository. */
  readonly file: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
  /** On the lines it has in `file`, so that a compiler's or a stack's line number is right for both. */
  readonly source: string;
  readonly runs: boolean;
}

const fence = /^( *)```ts\b[ ]*(.*)\n([\s\S]*?)^ *```$/gm;

/**
 * The ```` ```ts ```` blocks of a Markdown file. Each is one module, and runs unless its info string says
 * `no-run: reason`. `continued` makes a block part of the module that the block before it began.
 */
export function markdownExamples(file: string, text: string): readonly Example[] {
  const examples: Example[] = [];
  for (const { index, 1: indent = '', 2: info = '', 3: code = '' } of text.matchAll(fence)) {
    const line = text.slice(0, index).split('\n').length + 1;
    const body = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const before = examples.at(-1);
    if (info === 'continued' && before !== undefined) {
      const gap = '\n'.repeat(line - before.source.split('\n').length);
      examples[examples.length - 1] = { ...before, source: before.source + gap + body };
    } else if (info === '' || /^no-run: \S/.test(info)) {
      examples.push({ file, line, source: '\n'.repeat(line - 1) + body, runs: info === '' });
    } else {
      throw new Error(`${file}:${line - 1}: an example is \`ts\`, \`ts continued\` or \`ts no-run: reason\``);
    }
  }
  return examples;
}

/** The ```` ```ts ```` blocks in the doc comments of a source file: fragments, which are only typechecked. */
export function docCommentExamples(file: string, text: string): readonly Example[] {
  // The comment's margin goes, its lines stay.
  const comments = text
    .split('\n')
    .map((line) => (/^\s*\*(?!\/)/.test(line) ? line.replace(/^\s*\* ?/, '') : ''))
    .join('\n');
  return markdownExamples(file, comments).map((example) => ({ ...example, runs: false }));
}
