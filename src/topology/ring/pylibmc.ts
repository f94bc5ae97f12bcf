import { oneAtATime } from '../../common/hash/one-at-a-time.ts';
import { continuumLocator, continuumOf } from './continuum.ts';
import { unweightedPoints, weightedPoints } from './points.ts';
import { type HashRing, hashRing } from './ring.ts';

/**
 * The ring of pylibmc with `{'ketama': True}`, and of PHP's `Memcached::DISTRIBUTION_CONSISTENT`: keys
 * and points are hashed one-at-a-time, not by MD5.
 *
 * The trap: a single weight above 1 silently makes libmemcached place the points by weight and MD5,
 * while keys are still hashed one-at-a-time.
 */
export const pylibmcKetama: HashRing = hashRing((nodes) => {
  const weighted = nodes.some((node) => node.weight > 1);
  const points = weighted ? weightedPoints(nodes) : unweightedPoints(nodes, oneAtATime);
  return continuumLocator(continuumOf(points), oneAtATime);
});
