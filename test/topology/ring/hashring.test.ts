/** The rings of the npm packages hashring and memcached, against recorded placements. */
import { describe, expect, test } from 'vitest';
import { ringByName } from '../../../src/topology/ring/by-name.ts';
import { hashring } from '../../../src/topology/ring/hashring.ts';
import { ketama } from '../../../src/topology/ring/libmemcached.ts';
import { nodesOf, ownersOf, readVectors } from './vectors.ts';

interface Fleet {
  readonly servers: Readonly<Record<string, number>>;
  readonly plain: string;
  readonly memcached: string;
}

const { fleets } = readVectors<{ fleets: Readonly<Record<string, Fleet>> }>('hashring.json');
const nodesOfFleet = ({ servers }: Fleet): ReturnType<typeof nodesOf> =>
  nodesOf(Object.entries(servers).map(([server, weight]) => `${server}:${weight}`));

test('the vectors are there', () => {
  expect(Object.keys(fleets)).toHaveLength(7);
});

describe.each(Object.entries(fleets))('%s', (_name, fleet) => {
  const nodes = nodesOfFleet(fleet);

  test('as hashring by itself', () => {
    expect(ownersOf(hashring(), nodes)).toBe(fleet.plain);
  });

  test('as the package memcached uses it', () => {
    expect(ownersOf(ringByName('hashring'), nodes)).toBe(fleet.memcached);
  });
});

test.each([
  ['three addresses', true],
  ['weights', true],
  ['7 addresses', false],
  ['14 addresses', false],
  ['25 addresses', false],
  ['28 addresses', false],
])('ketama has the keys of %s where memcached has them: %s', (name, same) => {
  const fleet = fleets[name] as Fleet;
  expect(ownersOf(ketama, nodesOfFleet(fleet)) === fleet.memcached).toBe(same);
});
