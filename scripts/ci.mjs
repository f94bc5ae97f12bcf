/**
 * What CI runs, on a clean checkout with Node and npm alone: install, check, test, demo, then the
 * packed tarball in an empty folder under every supported Node. Every step runs even when one before
 * it failed. Ends with `N passed, N failed`: the tests, and each other step as one.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'memfleet-ci-'));
const currentMajor = process.versions.node.split('.')[0];
const otherMajors = ['22', '24', '26'].filter((major) => major !== currentMajor);

let passed = 0;
let failed = 0;
const failures = [];

/** A step that hangs is a failure, not a run without an answer. */
const stepTimeoutMs = 15 * 60_000;

function run(command, args, cwd = root) {
  const options = { cwd, stdio: ['ignore', 'inherit', 'inherit'], timeout: stepTimeoutMs };
  const { status, signal, error } = spawnSync(command, args, options);
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ')}: ${error?.code ?? signal ?? `exit ${status}`}`);
}

const npm = (args, cwd) => run('npm', args, cwd);

function countFailure(name, reason) {
  failed += 1;
  failures.push(`${name}: ${reason}`);
}

function step(name, body) {
  console.log(`\n=== ${name}`);
  try {
    body();
    passed += 1;
  } catch (error) {
    countFailure(name, error.message);
  }
}

/** Adds up the tests. Skipping is not passing: a skipped test counts as failed. */
function tests() {
  const name = 'npm test';
  console.log(`\n=== ${name}`);
  const report = join(work, 'tests.json');
  let broken;
  try {
    npm(['test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  } catch (error) {
    broken = error.message;
  }
  let unsuccessful = 0;
  try {
    const totals = JSON.parse(readFileSync(report, 'utf8'));
    passed += totals.numPassedTests;
    unsuccessful = totals.numTotalTests - totals.numPassedTests;
    // Named once more at the end: they are far up by then.
    for (const { assertionResults } of totals.testResults) {
      for (const { fullName, status, failureMessages } of assertionResults) {
        if (status !== 'passed') failures.push(`${fullName}: ${failureMessages[0] ?? status}`);
      }
    }
  } catch (error) {
    broken ??= `no report: ${error.message}`;
  }
  failed += unsuccessful;
  if (unsuccessful > 0) failures.push(`${name}: ${unsuccessful} failed or skipped`);
  else if (broken !== undefined) countFailure(name, broken);
}

/** The package as a user gets it: packed, and installed in a folder that has nothing else. */
function installTarball(consumer) {
  npm(['run', 'build']);
  npm(['pack', '--pack-destination', work]);
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "private": true }\n');
  npm(['install', join(work, `${name}-${version}.tgz`)], consumer);
  cpSync(join(root, 'scripts/smoke'), consumer, { recursive: true });
}

/** The npm package that holds the binary of another Node, in a folder of its own. */
function installNode(major) {
  const folder = join(work, `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(['install', `${name}@${major}`], folder);
  return join(folder, 'node_modules', name, 'bin/node');
}

function smoke(major, node, consumer) {
  for (const script of ['import.mjs', 'require.cjs', 'round-trip.mjs']) {
    step(`Node ${major}: ${script} with the packed package`, () => run(node, [script], consumer));
  }
}

step('npm ci', () => npm(['ci']));
step('npm run check', () => npm(['run', 'check']));
tests();
step('npm run demo', () => npm(['run', 'demo']));

const consumer = join(work, 'consumer');
step('install the packed package', () => installTarball(consumer));
smoke(currentMajor, process.execPath, consumer);
for (const major of otherMajors) {
  let node = `node-${major}`;
  step(`install Node ${major}`, () => {
    node = installNode(major);
  });
  smoke(major, node, consumer);
}

rmSync(work, { recursive: true, force: true });
console.log(failures.map((failure) => `\nfailed: ${failure}`).join(''));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
