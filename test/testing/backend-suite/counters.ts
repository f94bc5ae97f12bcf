import type { CounterStep } from '../../../src/index.ts';
import type { MapBackend } from '../../cache/map-backend.ts';
import type { DefectTable } from './defect.ts';

export const counterDefects: DefectTable = {
  'a counter steps by any delta, and resolves to a bigint': {
    'incr resolves to a number': (right) => ({
      incr: async (key, step) => {
        const count = await right.incr(key, step);
        return (count === undefined ? count : Number(count)) as never;
      },
    }),
    'incr steps by 1': (right) => ({ incr: (key, step) => right.incr(key, { ...step, delta: 1n }) }),
    'incr does not step down': (right) => ({
      incr: (key, step) => right.incr(key, { ...step, delta: step.delta < 0n ? -step.delta : step.delta }),
    }),
    'incr stores text': (right) => ({
      incr: async (key, step) => {
        const value = await right.get(key);
        if (typeof value === 'string') right.values.set(key, Number(value));
        const count = await right.incr(key, step);
        if (count !== undefined && right.has(key)) right.values.set(key, String(count));
        return count;
      },
    }),
  },
  'a counter stops at 0': {
    'incr goes below 0': (right) => ({
      incr: async (key, step) => {
        const value = await right.get(key);
        const count = typeof value === 'number' ? BigInt(value) + step.delta : 0n;
        if (count >= 0n) return right.incr(key, step);
        right.values.set(key, Number(count));
        return count;
      },
    }),
    'incr tells 0 and stores less': (right) => ({
      incr: async (key, step) => {
        const value = await right.get(key);
        const count = await right.incr(key, step);
        if (count === 0n && typeof value === 'number') right.values.set(key, value + Number(step.delta));
        return count;
      },
    }),
  },
  'a missing counter is made of the initial value, and of nothing else': {
    'incr steps the initial value': (right) => ({
      incr: (key, step) => {
        const { delta, initial } = step;
        return right.incr(key, { ...step, initial: initial === undefined ? initial : initial + delta });
      },
    }),
    'incr takes the initial value also where there is one': (right) => ({
      incr: async (key, step) => {
        if (step.initial === undefined) return right.incr(key, step);
        await right.delete(key);
        return right.incr(key, step);
      },
    }),
    'incr stores a counter made with ttl 0': (right) => ({
      incr: (key, step) => right.incr(key, { ...step, ttl: step.ttl || null }),
    }),
  },
  'a counter has 64 bits, and wraps': {
    'incr counts in numbers': (right) => ({
      incr: async (key, step) => {
        const count = await right.incr(key, step);
        return count === undefined ? count : BigInt(Number(count));
      },
    }),
    'incr stops at the top': (right) => ({
      incr: async (key, step) => {
        const value = await right.get(key);
        const top = 2n ** 64n - 1n;
        const room = typeof value === 'bigint' || typeof value === 'number' ? top - BigInt(value) : top;
        return right.incr(key, { ...step, delta: step.delta > room ? room : step.delta });
      },
    }),
    'get rounds what is past 2^53': (right) => ({
      get: async (key) => {
        const value = await right.get(key);
        return typeof value === 'bigint' ? Number(value) : value;
      },
    }),
  },
  'what is no whole number from 0 does not count, and is left': {
    'incr takes text for 0': (right) => ({ incr: countingFrom(right, (value) => typeof value === 'string') }),
    'incr takes null for 0': (right) => ({ incr: countingFrom(right, (value) => value === null) }),
    'incr takes what is negative for 0': (right) => ({
      incr: countingFrom(right, (value) => typeof value === 'number' && value < 0),
    }),
    'incr gives NaN for what does not count': (right) => ({
      incr: async (key, step) => right.incr(key, step).catch(() => undefined),
    }),
    'incr rejects with another error': (right) => ({
      incr: async (key, step) =>
        right.incr(key, step).catch(() => {
          throw new TypeError('no number');
        }),
    }),
    'incr drops what does not count': (right) => ({
      incr: async (key, step) =>
        right.incr(key, step).catch(async (error: unknown) => {
          await right.delete(key);
          throw error;
        }),
    }),
  },
};

function countingFrom(
  right: MapBackend,
  isZero: (value: unknown) => boolean,
): (key: string, step: CounterStep) => Promise<bigint | undefined> {
  return async (key, step) => {
    if (right.has(key) && isZero(right.values.get(key))) right.values.set(key, 0);
    return right.incr(key, step);
  };
}
