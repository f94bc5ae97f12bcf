import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import {
  type ClusterConfig,
  type ClusterConfigNode,
  formatClusterConfig,
  formatConfigReply,
  MAX_CLUSTER_NODES,
  parseClusterConfig,
} from '../../src/protocol/cluster-config.ts';

interface AcceptedCase {
  readonly name: string;
  readonly payload: string;
  readonly version: string;
  readonly nodes: readonly (readonly [hostname: string, address: string | null, port: number])[];
}

interface RejectedCase {
  readonly name: string;
  readonly payload: string;
  /** Part of the message. */
  readonly error: string;
}

const cases = JSON.parse(
  readFileSync(new URL('./cluster-config.cases.json', import.meta.url), 'utf8'),
) as readonly (AcceptedCase | RejectedCase)[];
const accepted = cases.filter((each): each is AcceptedCase => 'version' in each);
const rejected = cases.filter((each): each is RejectedCase => 'error' in each);

function list(count: number): string {
  const entries = Array.from({ length: count }, (_, i) => `node-${i}.example||11211`);
  return `1\n${entries.join(' ')}\n`;
}

describe('parseClusterConfig', () => {
  test('has cases of both sorts', () => {
    expect(accepted.length).toBeGreaterThan(20);
    expect(rejected.length).toBeGreaterThan(40);
  });

  test.each(accepted)('takes $name', ({ payload, version, nodes }) => {
    expect(parseClusterConfig(payload)).toEqual({
      version: BigInt(version),
      nodes: nodes.map(([hostname, address, port]) => ({ hostname, address: address ?? undefined, port })),
    });
  });

  test.each(rejected)('refuses $name', ({ payload, error }) => {
    expect(() => parseClusterConfig(payload)).toThrow(ProtocolError);
    expect(() => parseClusterConfig(payload)).toThrow(error);
  });

  test.each([40, 300, MAX_CLUSTER_NODES])('takes %i nodes', (count) => {
    expect(parseClusterConfig(list(count)).nodes).toHaveLength(count);
  });

  test('refuses more nodes than any cluster has', () => {
    expect(() => parseClusterConfig(list(MAX_CLUSTER_NODES + 1))).toThrow(/more than 10000 nodes/);
  });

  test('refuses a name longer than DNS allows', () => {
    const name = Array.from({ length: 50 }, () => 'abcd').join('.');
    expect(parseClusterConfig(`1\n${name}||1\n`).nodes[0]?.hostname).toBe(name);
    expect(() => parseClusterConfig(`1\n${name}.abcde||1\n`)).toThrow(ProtocolError);
  });

  test('stands a megabyte of blanks, and of digits', () => {
    const blanks = ' '.repeat(1_048_576);
    expect(parseClusterConfig(`1${blanks}\na||1\n`).version).toBe(1n);
    expect(() => parseClusterConfig(`${blanks}v1${blanks}\n`)).toThrow(ProtocolError);
    expect(() => parseClusterConfig(`${'1'.repeat(1_048_576)}\na||1\n`)).toThrow(ProtocolError);
  });

  test('keeps a long entry out of the message', () => {
    expect(() => parseClusterConfig(`1\n${'x'.repeat(5000)}\n`)).toThrow(/^.{1,200}$/);
  });
});

describe('formatClusterConfig', () => {
  const node: fc.Arbitrary<ClusterConfigNode> = fc.record({
    hostname: fc.oneof(fc.domain(), fc.ipV4()),
    address: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }),
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  const config: fc.Arbitrary<ClusterConfig> = fc.record({
    version: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    nodes: fc.uniqueArray(node, { minLength: 1, selector: (each) => `${each.hostname}|${each.port}` }),
  });

  test('is read back as it was', () => {
    fc.assert(
      fc.property(config, (each) => {
        expect(parseClusterConfig(formatClusterConfig(each))).toEqual(each);
      }),
    );
  });
});

describe('formatConfigReply', () => {
  // The documentation's example, whose header announces 136 bytes.
  const config: ClusterConfig = {
    version: 12n,
    nodes: [
      { hostname: 'myCluster.pc4ldq.0001.use1.cache.amazonaws.com', address: '10.82.235.120', port: 11211 },
      { hostname: 'myCluster.pc4ldq.0002.use1.cache.amazonaws.com', address: '10.80.249.27', port: 11211 },
    ],
  };
  const payload =
    '12\nmyCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 ' +
    'myCluster.pc4ldq.0002.use1.cache.amazonaws.com|10.80.249.27|11211\n';

  test('answers config get cluster', () => {
    expect(formatConfigReply(config, 'config')).toBe(`CONFIG cluster 0 136\r\n${payload}\r\nEND\r\n`);
  });

  test('answers the legacy key', () => {
    expect(formatConfigReply(config, 'legacy')).toBe(
      `VALUE AmazonElastiCache:cluster 0 136\r\n${payload}\r\nEND\r\n`,
    );
  });
});
