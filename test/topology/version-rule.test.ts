import { describe, expect, test } from 'vitest';
import { makeTopology, type Topology, type TopologyNode } from '../../src/topology/topology.ts';
import { CONFIRM_AFTER_MS, judge, type Report } from '../../src/topology/version-rule.ts';

/** `'a b=10.0.0.2'`: nodes by name, with an address after `=`. */
function topology(version: bigint | undefined, names: string): Topology {
  const nodes = names.split(' ').map((name): TopologyNode => {
    const [host = '', address] = name.split('=');
    return { id: `${host}:11211`, host, port: 11211, path: undefined, weight: 1, address };
  });
  return makeTopology(version, { kind: 'discovery', from: 'x' }, nodes);
}

function report(version: bigint | undefined, names: string, from = 'endpoint', at = 0): Report {
  return {
    topology: topology(version, names),
    from: from === 'endpoint' ? 'cfg:11211' : `${from}:11211`,
    isEndpoint: from === 'endpoint',
    at,
  };
}

const CURRENT = topology(5n, 'a b c d');

interface Case {
  readonly name: string;
  readonly current?: Topology | undefined;
  readonly report: Report;
  readonly pending?: Report;
  readonly lastConfirmedAt?: number;
  readonly verdict: 'apply' | 'same' | 'stale' | 'unconfirmed';
}

const cases: readonly Case[] = [
  { name: 'the first', current: undefined, report: report(1n, 'a'), verdict: 'apply' },
  { name: 'higher, one more', report: report(6n, 'a b c d e'), verdict: 'apply' },
  { name: 'higher, one less', report: report(6n, 'a b c'), verdict: 'apply' },
  { name: 'higher, the same nodes', report: report(6n, 'a b c d'), verdict: 'apply' },
  { name: 'far higher, past 2^63', report: report(2n ** 64n, 'a b c d e'), verdict: 'apply' },
  { name: 'higher, half gone', report: report(6n, 'a b'), verdict: 'apply' },
  { name: 'higher, over half gone', report: report(6n, 'a'), verdict: 'unconfirmed' },
  { name: 'higher, all others', report: report(6n, 'e f g h'), verdict: 'unconfirmed' },
  {
    name: 'higher, only the node asked',
    current: topology(5n, 'a b'),
    report: report(6n, 'a', 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, only another node',
    current: topology(5n, 'a b'),
    report: report(6n, 'a', 'b'),
    verdict: 'apply',
  },
  {
    name: 'higher, over half gone, said by two',
    report: report(6n, 'a', 'b'),
    pending: report(6n, 'a', 'a'),
    verdict: 'apply',
  },
  {
    name: 'higher, over half gone, said again by the same at once',
    report: report(6n, 'a', 'endpoint', 100),
    pending: report(6n, 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, over half gone, said again by the same later',
    report: report(6n, 'a', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(6n, 'a'),
    verdict: 'apply',
  },
  {
    name: 'higher, over half gone, two that differ',
    report: report(6n, 'a', 'b'),
    pending: report(6n, 'b', 'a'),
    verdict: 'unconfirmed',
  },
  { name: 'equal, the same', report: report(5n, 'd c b a'), verdict: 'same' },
  { name: 'equal, another address', report: report(5n, 'a=10.0.0.9 b c d'), verdict: 'apply' },
  { name: 'equal, another node', report: report(5n, 'a b c e'), verdict: 'unconfirmed' },
  {
    name: 'equal, another node, said by two',
    report: report(5n, 'a b c e', 'b'),
    pending: report(5n, 'a b c e', 'a'),
    verdict: 'apply',
  },
  {
    name: 'equal, another node, said again by the same',
    report: report(5n, 'a b c e', 'a', 60_000),
    pending: report(5n, 'a b c e', 'a'),
    verdict: 'unconfirmed',
  },
  { name: 'lower, from a node', report: report(4n, 'a b c', 'a'), verdict: 'stale' },
  { name: 'lower, from the endpoint', report: report(1n, 'e f'), verdict: 'unconfirmed' },
  {
    name: 'lower, from the endpoint, too soon again',
    report: report(1n, 'e f', 'endpoint', CONFIRM_AFTER_MS - 1),
    pending: report(1n, 'e f'),
    verdict: 'unconfirmed',
  },
  {
    name: 'lower, from the endpoint, again later: a cluster made anew',
    report: report(1n, 'e f', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(1n, 'e f'),
    verdict: 'apply',
  },
  {
    name: 'lower, from the endpoint, again later, while a member says otherwise',
    report: report(1n, 'a b', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(1n, 'a b'),
    lastConfirmedAt: 10,
    verdict: 'unconfirmed',
  },
  {
    name: 'lower, from the endpoint, again later, none of the old nodes left to say otherwise',
    report: report(1n, 'e f', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(1n, 'e f'),
    lastConfirmedAt: 10,
    verdict: 'apply',
  },
  {
    name: 'after a fallback without version',
    current: topology(undefined, 'cfg'),
    report: report(1n, 'a b c'),
    verdict: 'apply',
  },
];

describe('whether a reported topology replaces the current one', () => {
  test.each(cases)('$name: $verdict', ({ verdict, report: reported, pending, lastConfirmedAt, ...rest }) => {
    const current = 'current' in rest ? rest.current : CURRENT;
    expect(judge(current, reported, pending, lastConfirmedAt ?? Number.NEGATIVE_INFINITY).kind).toBe(verdict);
  });

  test('why it is not is told', () => {
    expect(judge(CURRENT, report(6n, 'a'), undefined, 0)).toEqual({
      kind: 'unconfirmed',
      why: 'over half of the nodes gone',
    });
  });
});
