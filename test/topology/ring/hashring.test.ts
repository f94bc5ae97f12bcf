/** The ring of the package memcached 2.2.2, which is that of hashring 3.2.0 with its compatibility `ketama`. */
import { expect, test } from 'vitest';
import { toByteString } from '../../../src/protocol/key.ts';
import { ketama } from '../../../src/topology/ring/ketama.ts';
import type { RingNode } from '../../../src/topology/ring/ring.ts';

const KEYS = Array.from({ length: 60 }, (_, index) => (index % 7 === 6 ? `été:${index}` : `user:${index}`));

/** Owners of the keys as hashring gives them. */
const vectors: readonly (readonly [name: string, nodes: readonly RingNode[], owners: string])[] = [
  [
    'three nodes',
    ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => ({ host, port: 11211, weight: 1 })),
    '012211011220102011102202001200112101120021002122011222001001',
  ],
  [
    'four nodes, one on another port',
    [11211, 11212, 11211, 11211].map((port, index) => ({
      host: `cache${index + 1}.example.com`,
      port,
      weight: 1,
    })),
    '332302221201033301232020310312111322211302112131003103302011',
  ],
  [
    'three nodes with weights',
    [1, 2, 3].map((weight) => ({ host: `10.0.0.${weight}`, port: 11211, weight })),
    '012211211222122011102212021200212101120221102122211222102201',
  ],
];

test.each(vectors)('ketama has the keys where it has them: %s', (_name, nodes, owners) => {
  const locate = ketama(nodes);
  expect(KEYS.map((key) => locate(toByteString(key))).join('')).toBe(owners);
});
