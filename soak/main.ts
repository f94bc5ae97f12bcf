/**
 * Many callers, a cluster that suffers, and a model of what each key may hold:
 *
 *   npm run soak -- [--minutes 1] [--engine memcached|embedded] [--nodes 3] [--callers 24] [--seed 1] [--verbose]
 */
import { parseArgs } from 'node:util';
import { report } from './report.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'memcached' },
    nodes: { type: 'string', default: '3' },
    callers: { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
    verbose: { type: 'boolean', default: false },
  },
});

const engine = values.engine;
if (engine !== 'memcached' && engine !== 'embedded')
  throw new Error(`--engine is memcached or embedded, not ${engine}`);
const seed = atLeast('seed', 0);
const minutes = atLeast('minutes', 0);
console.log(`Seed ${seed}, ${minutes} min, engine ${engine}`);

const result = await soak({
  engine,
  minutes,
  seed,
  nodes: atLeast('nodes', 2),
  callers: atLeast('callers', 1),
  verbose: values.verbose,
  tell: (line) => console.log(line),
});
console.log(report(result));
// Where something is wrong, what is left of it may keep the process alive; where nothing is, nothing may.
if (result.violations.count > 0) process.exit(1);

function atLeast(name: 'callers' | 'minutes' | 'nodes' | 'seed', least: number): number {
  const value = Number(values[name]);
  if (values[name] === '' || !Number.isFinite(value) || value < least)
    throw new Error(`--${name} must be a number from ${least}`);
  return value;
}
