import { describe, expect, test } from 'vitest';
import { Doubts } from '../../src/topology/doubts.ts';
import { makeTopology, type Topology, type TopologyNode } from '../../src/topology/topology.ts';
import { CONFIRM_AFTER_MS, judge, type Report, type Standing } from '../../src/topology/version-rule.ts';

/** `'a b=10.0.0.2'`: nodes by name, with an address after `=`. */
function topology(version: bigint | undefined, names: string): Topology {
  const nodes = names.split(' ').map((name): TopologyNode => {
    const [host = '', address] = name.split('=');
    return { id: `${host}:11211`, host, port: 11211, path: undefined, weight: 1, address };
  });
  return makeTopology(version, { kind: 'discovery', from: 'x' }, nodes);
}

function report(
  version: bigint | undefined,
  names: string,
  from = 'endpoint',
  at = 0,
  address?: string,
): Report {
  return {
    topology: topology(version, names),
    from: from === 'endpoint' ? 'cfg:11211' : `${from}:11211`,
    isEndpoint: from === 'endpoint',
    address,
    at,
  };
}

const CURRENT = topology(5n, 'a b c d');

interface Case {
  readonly name: string;
  readonly current?: Topology | undefined;
  readonly before?: Topology;
  readonly report: Report;
  readonly pending?: Report;
  readonly lastConfirmedAt?: number;
  readonly olderAfterMs?: number;
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
    name: 'higher, only one left, from the endpoint, which may be that one',
    current: topology(5n, 'a b'),
    report: report(6n, 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, only one left, from the endpoint, which was asked at the address of that one',
    current: topology(5n, 'a b'),
    report: report(6n, 'a=10.0.0.1', 'endpoint', 0, '10.0.0.1:11211'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, only one left, from the endpoint, which was asked at another address',
    current: topology(5n, 'a b'),
    report: report(6n, 'a=10.0.0.1', 'endpoint', 0, '10.0.0.2:11211'),
    verdict: 'apply',
  },
  {
    name: 'higher, only one left, from that one and the endpoint at another address',
    current: topology(5n, 'a b'),
    report: report(6n, 'a=10.0.0.1', 'a'),
    pending: report(6n, 'a=10.0.0.1', 'endpoint', 0, '10.0.0.2:11211'),
    verdict: 'apply',
  },
  {
    name: 'higher, only one left, from the endpoint and that one: which may be one source',
    current: topology(5n, 'a b'),
    report: report(6n, 'a', 'a'),
    pending: report(6n, 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, only one left, from that one and the endpoint: which may be one source',
    current: topology(5n, 'a b'),
    report: report(6n, 'a'),
    pending: report(6n, 'a', 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'higher, only one left, from the endpoint and the one that left',
    current: topology(5n, 'a b'),
    report: report(6n, 'a', 'b'),
    pending: report(6n, 'a'),
    verdict: 'apply',
  },
  {
    name: 'higher, none of ours, from a node at whose address another cluster is now',
    report: report(50n, 'w x y z', 'a'),
    verdict: 'stale',
  },
  {
    name: 'higher, none of ours, from such a node again later',
    report: report(50n, 'w x y z', 'a', 60_000),
    pending: report(50n, 'w x y z', 'a'),
    verdict: 'stale',
  },
  {
    name: 'equal, none of ours, from such a node',
    report: report(5n, 'w x y z', 'a'),
    verdict: 'stale',
  },
  {
    name: 'higher, none of ours, from the endpoint again later: its name was given to another cluster',
    report: report(50n, 'w x y z', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(50n, 'w x y z'),
    lastConfirmedAt: 10,
    verdict: 'apply',
  },
  {
    name: 'lower, from an endpoint that may lag, again before it would have caught up',
    report: report(4n, 'a b c', 'endpoint', 59_999),
    pending: report(4n, 'a b c'),
    olderAfterMs: 60_000,
    verdict: 'unconfirmed',
  },
  {
    name: 'lower, from an endpoint that may lag, again when it would have caught up',
    report: report(4n, 'a b c', 'endpoint', 60_000),
    pending: report(4n, 'a b c'),
    olderAfterMs: 60_000,
    verdict: 'apply',
  },
  {
    name: 'equal, addresses of before: a node that has not heard of the new ones',
    current: topology(5n, 'a=::1 b=::2'),
    before: topology(5n, 'a=10.0.0.1 b=10.0.0.2'),
    report: report(5n, 'a=10.0.0.1 b=10.0.0.2', 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'equal, addresses of before, said by two: neither has heard',
    current: topology(5n, 'a=::1 b=::2'),
    before: topology(5n, 'a=10.0.0.1 b=10.0.0.2'),
    report: report(5n, 'a=10.0.0.1 b=10.0.0.2', 'b'),
    pending: report(5n, 'a=10.0.0.1 b=10.0.0.2', 'a'),
    verdict: 'unconfirmed',
  },
  {
    name: 'equal, addresses of before, said again later',
    current: topology(5n, 'a=::1 b=::2'),
    before: topology(5n, 'a=10.0.0.1 b=10.0.0.2'),
    report: report(5n, 'a=10.0.0.1 b=10.0.0.2', 'endpoint', CONFIRM_AFTER_MS),
    pending: report(5n, 'a=10.0.0.1 b=10.0.0.2'),
    verdict: 'apply',
  },
  {
    name: 'equal, yet other addresses',
    current: topology(5n, 'a=::1 b=::2'),
    before: topology(5n, 'a=10.0.0.1 b=10.0.0.2'),
    report: report(5n, 'a=::8 b=::9', 'a'),
    verdict: 'apply',
  },
  {
    name: 'after a fallback without version',
    current: topology(undefined, 'cfg'),
    report: report(1n, 'a b c'),
    verdict: 'apply',
  },
];

function standing(each: Partial<Standing> & { readonly pending?: Report }): Standing {
  return {
    current: 'current' in each ? each.current : CURRENT,
    before: each.before,
    doubts: each.pending === undefined ? [] : [each.pending],
    lastConfirmedAt: each.lastConfirmedAt ?? Number.NEGATIVE_INFINITY,
    olderAfterMs: each.olderAfterMs ?? CONFIRM_AFTER_MS,
  };
}

describe('whether a reported topology replaces the current one', () => {
  test.each(cases)('$name: $verdict', ({ verdict, report: reported, ...rest }) => {
    expect(judge(reported, standing(rest)).kind).toBe(verdict);
  });

  test('why it is not is told', () => {
    expect(judge(report(6n, 'a'), standing({}))).toEqual({
      kind: 'unconfirmed',
      why: 'only the node that was asked',
    });
    expect(judge(report(6n, 'a x'), standing({}))).toEqual({
      kind: 'unconfirmed',
      why: 'over half of the nodes gone',
    });
  });
});

describe('reports that are not believed', () => {
  test('keep the time of the first, while their source says the same', () => {
    const doubts = new Doubts();
    doubts.add(report(6n, 'a', 'a', 1));
    doubts.add(report(6n, 'a', 'a', 2));
    doubts.add(report(6n, 'b', 'b', 3));
    expect(doubts.reports.map(({ at }) => at)).toEqual([1, 3]);
    doubts.add(report(6n, 'c', 'a', 4));
    expect(doubts.reports.map(({ at }) => at)).toEqual([4, 3]);
    doubts.clear();
    expect(doubts.any).toBe(false);
  });

  test('are dropped once the current one is confirmed; by members not, where they have no say', () => {
    const doubts = new Doubts();
    doubts.add(report(6n, 'a', 'a'));
    doubts.add(report(50n, 'w x y z'));
    doubts.confirmed(report(5n, 'a b c d', 'b'), CURRENT);
    expect(doubts.reports.map(({ topology: { version } }) => version)).toEqual([50n]);
    doubts.confirmed(report(5n, 'a b c d'), CURRENT);
    expect(doubts.any).toBe(false);
  });

  test('ask for the word of all members where they would set the version back', () => {
    const doubts = new Doubts();
    doubts.add(report(50n, 'w x'));
    doubts.add(report(6n, 'a', 'a'));
    expect(doubts.areOlder(CURRENT)).toBe(false);
    doubts.add(report(1n, 'w x'));
    expect(doubts.areOlder(CURRENT)).toBe(false);
    doubts.add(report(4n, 'a b'));
    expect(doubts.areOlder(CURRENT)).toBe(true);
  });
});
