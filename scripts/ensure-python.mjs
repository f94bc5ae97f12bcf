/**
 * The tests share clusters with the clients of Python and are never skipped: finds a Python that has them
 * (see test/harness/python.ts), and installs what is missing.
 */
import { spawnSync } from 'node:child_process';
import { ensure } from './install.mjs';

const modules = ['pylibmc', 'pymemcache', 'django'];
const interpreters = ['/usr/bin/python3', 'python3'];

const has = (interpreter, module) =>
  spawnSync(interpreter, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;

/** Of one interpreter, the one that lacks least. */
function missing() {
  const lacks = interpreters.map((interpreter) => modules.filter((module) => !has(interpreter, module)));
  const [least] = lacks.sort((a, b) => a.length - b.length);
  return least.map((module) => `Python's ${module}`);
}

ensure(
  missing,
  { 'apt-get': 'python3 python3-pylibmc python3-pymemcache python3-django' },
  'them with pip, for the python3 of PATH',
);
