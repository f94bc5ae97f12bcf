import { describe } from 'vitest';
import { countersContract } from './contract/counters.ts';
import { getOrSetContract } from './contract/get-or-set.ts';
import { keysContract } from './contract/keys.ts';
import { manyContract } from './contract/many.ts';
import { ttlsContract } from './contract/ttls.ts';
import { valuesContract } from './contract/values.ts';
import { versionsContract } from './contract/versions.ts';
import { standOn, subjects } from './subject.ts';

describe.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);
  describe('values', () => valuesContract(ground));
  describe('many keys', () => manyContract(ground));
  describe('ttls', () => ttlsContract(ground));
  describe('keys', () => keysContract(ground));
  describe('versions', () => versionsContract(ground));
  describe('counters', () => countersContract(ground));
  describe('getOrSet', () => getOrSetContract(ground));
});
