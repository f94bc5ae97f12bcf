/** A real Python, with the memcached clients that Debian packages, to share a cluster with. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PARTNER = fileURLToPath(new URL('../python/partner.py', import.meta.url));
const MODULES = 'pylibmc, pymemcache, django';
/** Debian's packages belong to the first; `scripts/ensure-python.mjs` looks at the same. */
const INTERPRETERS = ['/usr/bin/python3', 'python3'];

export interface Python {
  /**
   * Runs a snippet, which finds `args` and sets `result`: both of JSON. Names that it binds are there for
   * the next. Rejects with Python's traceback.
   */
  run<T>(source: string, args?: unknown): Promise<T>;
  close(): Promise<void>;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

export function startPython(): Python {
  const child = spawn(interpreter(), [PARTNER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('Python ended'));
      resolve();
    });
  });
  return {
    async run<T>(source: string, args: unknown = null): Promise<T> {
      const answer = await new Promise<Answer>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ source, args })}\n`);
      });
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.result as T;
    },
    close() {
      child.stdin.end();
      return closed;
    },
  };
}

export function interpreter(): string {
  const found = INTERPRETERS.find(
    (name) => spawnSync(name, ['-c', `import ${MODULES}`], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) {
    throw new Error(`No Python with ${MODULES}: run node scripts/ensure-python.mjs`);
  }
  return found;
}
