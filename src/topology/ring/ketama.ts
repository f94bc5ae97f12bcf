import { md5Uint32LE } from '../../common/hash/md5.ts';
import { continuumLocator, continuumOf } from './continuum.ts';
import { weightedPoints } from './points.ts';
import { type HashRing, hashRing } from './ring.ts';

/**
 * libmemcached's weighted ketama, with MD5 for points and keys: `MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED`,
 * PHP's `Memcached::OPT_LIBKETAMA_COMPATIBLE`, pylibmc's `ketama_weighted`.
 */
export const ketama: HashRing = hashRing((nodes) =>
  continuumLocator(continuumOf(weightedPoints(nodes)), md5Uint32LE),
);
