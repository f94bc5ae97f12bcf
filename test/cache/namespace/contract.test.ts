import { describe } from 'vitest';
import { countersContract } from '../contract/counters.ts';
import { getOrSetContract } from '../contract/get-or-set.ts';
import { manyContract } from '../contract/many.ts';
import { ttlsContract } from '../contract/ttls.ts';
import { valuesContract } from '../contract/values.ts';
import { versionsContract } from '../contract/versions.ts';
import { type Ground, standOn, subjects } from '../subject.ts';

/**
 * In a namespace within another, made anew for each call; of one prefix, for a namespace has one. Other
 * caches look each time what generation is in force.
 */
function within(ground: Ground): Ground {
  return {
    subject: ground.subject,
    get backend() {
      return ground.backend;
    },
    get cache() {
      return ground.cache.namespace('outer').namespace('inner');
    },
    open: (settings) =>
      ground
        .open({ ...settings, keyPrefix: '', generationTtl: Number.EPSILON })
        .namespace('outer')
        .namespace('inner'),
    key: ground.key,
  };
}

describe.each(subjects)('$name, in a namespace', (subject) => {
  const ground = within(standOn(subject));
  describe('values', () => valuesContract(ground));
  describe('many keys', () => manyContract(ground));
  describe('ttls', () => ttlsContract(ground));
  describe('versions', () => versionsContract(ground));
  describe('counters', () => countersContract(ground));
  describe('getOrSet', () => getOrSetContract(ground));
});
