import { describe, expect, test } from 'vitest';
import { parseClusterConfig } from '../../src/protocol/cluster-config.ts';
import {
  diffTopologies,
  makeTopology,
  sameBody,
  sameMembers,
  type Topology,
  type TopologyNode,
  topologyOfConfig,
} from '../../src/topology/topology.ts';

function topology(names: string, kind: 'function' | 'static' = 'function'): Topology {
  const nodes = names
    .split(' ')
    .filter(Boolean)
    .map((name): TopologyNode => {
      const [host = '', address] = name.split('=');
      return { id: `${host}:1`, host, port: 1, path: undefined, weight: 1, address };
    });
  return makeTopology(1n, { kind }, nodes);
}

const names = (nodes: readonly TopologyNode[]): string => nodes.map((node) => node.host).join(' ');

describe('a difference of topologies', () => {
  test.each([
    ['', 'a b', { added: 'a b', removed: '', kept: '', moved: '' }],
    ['a b', 'a b', { added: '', removed: '', kept: 'a b', moved: '' }],
    ['a b', 'b c', { added: 'c', removed: 'a', kept: 'b', moved: '' }],
    ['a b', 'c d', { added: 'c d', removed: 'a b', kept: '', moved: '' }],
    ['a=1 b=2', 'a=1 b=3', { added: '', removed: '', kept: 'a b', moved: 'b' }],
    ['a=1', 'a', { added: '', removed: '', kept: 'a', moved: 'a' }],
  ])('%s to %s', (before, after, expected) => {
    const diff = diffTopologies(before === '' ? undefined : topology(before), topology(after));
    expect({
      added: names(diff.added),
      removed: names(diff.removed),
      kept: names(diff.kept),
      moved: names(diff.moved),
    }).toEqual(expected);
  });
});

describe('a topology', () => {
  test('is sorted, without duplicates, and frozen', () => {
    const made = topology('c a=1 b a=2');
    expect(names(made.nodes)).toBe('a b c');
    expect(made.nodes[0]?.address).toBe('1');
    expect(Object.isFrozen(made) && Object.isFrozen(made.nodes) && made.nodes.every(Object.isFrozen)).toBe(
      true,
    );
  });

  test('of fixed servers keeps their order, by which some rings count them off', () => {
    expect(names(topology('c a=1 b a=2', 'static').nodes)).toBe('c a b');
  });

  test.each([
    ['a b', 'b a', true, true],
    ['a=1', 'a=2', true, false],
    ['a', 'a b', false, false],
    ['a b', 'a c', false, false],
  ])('%s and %s: same members %s, same body %s', (a, b, members, body) => {
    expect(sameMembers(topology(a), topology(b))).toBe(members);
    expect(sameBody(topology(a), topology(b))).toBe(body);
  });

  test('of a configuration names its nodes by host and port', () => {
    const config = parseClusterConfig('12\nb.example|10.0.0.2|11211 a.example||11212\n');
    const made = topologyOfConfig(config, 'cfg:11211');
    expect(made).toMatchObject({ version: 12n, source: { kind: 'discovery', from: 'cfg:11211' } });
    expect(made.nodes).toMatchObject([
      { id: 'a.example:11212', address: undefined, weight: 1 },
      { id: 'b.example:11211', address: '10.0.0.2' },
    ]);
  });
});
