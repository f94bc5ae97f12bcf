import { describe } from 'vitest';
import { countersContract } from '../contract/counters.ts';
import { getOrSetContract } from '../contract/get-or-set.ts';
import { keysContract } from '../contract/keys.ts';
import { manyContract } from '../contract/many.ts';
import { ttlsContract } from '../contract/ttls.ts';
import { valuesContract } from '../contract/values.ts';
import { versionsContract } from '../contract/versions.ts';
import { type Subject, standOn, subjects } from '../subject.ts';

/** With a near cache that keeps all for the whole test. */
const near = subjects.map(
  ({ name, tellsTtl, start }): Subject => ({
    name,
    tellsTtl,
    async start() {
      const { config, stop } = await start();
      return { config: { ...config, near: { ttl: '1h' } }, stop };
    },
  }),
);

describe.each(near)('$name, with a near cache', (subject) => {
  const ground = standOn(subject);
  describe('values', () => valuesContract(ground));
  describe('many keys', () => manyContract(ground));
  describe('ttls', () => ttlsContract(ground));
  describe('keys', () => keysContract(ground));
  describe('versions', () => versionsContract(ground));
  describe('counters', () => countersContract(ground));
  describe('getOrSet', () => getOrSetContract(ground));
});
