import { crc32 } from '../../common/hash/crc32.ts';
import { toByteString } from '../../protocol/key.ts';
import { continuumLocator, continuumOf } from './continuum.ts';
import { plainName } from './node-name.ts';
import { sumOfWeights } from './points.ts';
import { type HashRing, hashRing } from './ring.ts';

const POINTS_PER_NODE = 160;

/**
 * The ring of Ruby's dalli (`lib/dalli/ring.rb`): points are the first four bytes of the SHA-1 of
 * `host:port:i`, keys are hashed by CRC-32, and a key belongs to the last point at or *below* its hash.
 */
export const dalli: HashRing = hashRing((nodes) => {
  const total = sumOfWeights(nodes);
  const points = nodes.map((node) => {
    const count = Math.floor((nodes.length * POINTS_PER_NODE * node.weight) / total);
    const prefix = toByteString(plainName(node));
    return Array.from({ length: count }, (_, i) => mirrored(sha1Uint32BE(`${prefix}:${i}`)));
  });
  return continuumLocator(continuumOf(points), (key) => mirrored(crc32(key)));
});

/** Turns the circle round: what was the last at or below is the first at or above. */
function mirrored(point: number): number {
  return ~point >>> 0;
}

function sha1Uint32BE(bytes: string): number {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha1').update(bytes, 'latin1').digest().readUInt32BE(0);
}
