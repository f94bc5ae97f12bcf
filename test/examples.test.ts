/** Each program in examples/ does as it says. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { repository } from './docs/repository.ts';
import { bundled } from './harness/bundled.ts';
import { interpreter } from './harness/python.ts';

test('beside Django', async () => {
  const { program, remove } = await bundled('examples/beside-django/main.mjs');
  try {
    const env = {
      ...process.env,
      PYTHON: interpreter(),
      EXAMPLE_FOLDER: join(repository, 'examples/beside-django'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
    expect(stdout).toContain("name: 'Zoë'");
    expect(stdout).toContain('seen: 2026-11-26T12:00:00.000Z');
    expect(stdout).toContain('memfleet set 1000 baskets, on 4 nodes\n');
    expect(stdout).toContain("finds 1000 of 1000 baskets; the first is {'items': [0, 1], 'total': 0}\n");
    expect(stdout).toContain('Django   counts visits on to 42\nmemfleet counts visits on to 43\n');
    expect(stdout).toMatch(/deleted user:1\nmemfleet reads undefined\n$/);
  } finally {
    remove();
  }
});
