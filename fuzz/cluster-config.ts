import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../src/errors.ts';
import {
  type ClusterConfig,
  formatClusterConfig,
  MAX_CLUSTER_NODES,
  parseClusterConfig,
} from '../src/protocol/cluster-config.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const FRAGMENTS: readonly string[] = [
  ...['0', '1', '12', '9223372036854775807', '9223372036854775808', '-1', '+1', '0x1', '1e3'],
  ...['a', 'A', 'cache.0001.example.com', '0001.example.', 'xn--a', '-', '_', 'é', '..', 'END'],
  ...['10.0.0.1', '10.0.0.256', '010.0.0.1', '::1', '2001:db8::1', '::ffff:1.2.3.4', '1:2:3', ':::'],
  ...['|', '||', '|11211', '|011211', '|0', '|65536', ' ', '  ', '\t', '\0', '\r', '\n', '\r\n', '\n\n'],
  'a|10.0.0.1|11211',
  'b||11211',
  'x'.repeat(64),
  'y.'.repeat(130),
  ' '.repeat(500),
  '1'.repeat(100),
];

/** One spelling of a configuration that is taken; more than one byte a character never comes. */
const spelt = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    fc.array(
      fc.tuple(
        fc.domain(),
        fc.oneof(fc.constant(''), fc.ipV4(), fc.ipV6()),
        fc.integer({ min: 1, max: 65_535 }),
      ),
      { minLength: 1, maxLength: 40 },
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom(' ', '   '),
  )
  .map(([version, nodes, newline, space]) =>
    Buffer.from([version, nodes.map((node) => node.join('|')).join(space), ''].join(newline), 'latin1'),
  );

function check(config: ClusterConfig): void {
  const { version, nodes } = config;
  assert.ok(version >= 0n && version < 2n ** 63n);
  assert.ok(nodes.length >= 1 && nodes.length <= MAX_CLUSTER_NODES);
  assert.equal(new Set(nodes.map(({ hostname, port }) => `${hostname}|${port}`)).size, nodes.length);
  for (const { hostname, address, port } of nodes) {
    assert.match(hostname, /^[a-z\d_.:-]{1,253}$/);
    if (address !== undefined) assert.match(address, /^[\da-f.:]{2,45}$/);
    assert.ok(Number.isInteger(port) && port >= 1 && port <= 65_535);
  }
}

export const clusterConfig: readonly FuzzProperty[] = (
  [
    ['noise', noise(FRAGMENTS)],
    ['a configuration', spelt],
    ['a damaged configuration', damaged(spelt)],
  ] as const
).map(
  ([what, payloads]): FuzzProperty => ({
    name: `cluster configuration: ${what} gives nodes that can be dialled, and are read back, or one ProtocolError`,
    runs: 1000,
    property: fc.property(payloads, (payload) => {
      let config: ClusterConfig;
      try {
        config = parseClusterConfig(payload.toString('latin1'));
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
        assert.ok(error.message.length <= 300, 'A message is short, whatever was sent');
        return;
      }
      check(config);
      assert.deepEqual(parseClusterConfig(formatClusterConfig(config)), config);
    }),
  }),
);
