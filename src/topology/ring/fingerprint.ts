/** A short text by which two processes can tell whether they place keys alike. */
import { md5Words } from '../../common/hash/md5.ts';
import { toByteString } from '../../protocol/key.ts';
import { plainName } from './node-name.ts';
import type { KeyLocator, RingNode } from './ring.ts';

/** Keys outside ASCII are among the probes because there are rings that differ in nothing else. */
const PROBE_WORDS = ['ring-probe', 'ring-проба'].map(toByteString);
const PROBES_PER_WORD = 512;

/**
 * The first 16 hexadecimal digits of the MD5 of the names of the nodes, joined by line feeds, that own the keys
 * `ring-probe:0` to `ring-probe:511` and `ring-проба:0` to `ring-проба:511`, in this order. It depends on nothing
 * but where keys go, so that it can be computed of any client that can be asked that.
 */
export function ringFingerprint(nodes: readonly RingNode[], locate: KeyLocator): string {
  const names = nodes.map((node) => toByteString(plainName(node)));
  const owners = PROBE_WORDS.flatMap((word) =>
    Array.from({ length: PROBES_PER_WORD }, (_, i) => names[locate(`${word}:${i}`)]),
  );
  const [first = 0, second = 0] = md5Of(owners.join('\n'));
  const digits = Buffer.alloc(8);
  digits.writeUInt32LE(first);
  digits.writeUInt32LE(second, 4);
  return digits.toString('hex');
}

function md5Of(bytes: string): Uint32Array {
  const words = new Uint32Array(4);
  md5Words(bytes, words);
  return words;
}
