import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { base, multi } from '../harness/cases.mjs';
import { clientLoad } from '../harness/load.mjs';
import { Meter } from '../harness/meter.mjs';
import { settled } from '../harness/settled.mjs';

const single = { ...base, name: 'single', title: 'single', callers: 4, keys: 10, sampleEvery: 3 };
const many = { ...base, ...multi, name: 'many', title: 'many', callers: 2, keys: 10, batch: 5 };
const target = { endpoints: [], ca: undefined };
/** One turn of the event loop: a client made of settled promises alone would not let the test go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A client on a Map, but for what is wrong with it.
 *
 * @param {Map<string, string>} store
 * @param {Partial<import('../harness/load.mjs').Session>} wrong
 */
function sessionOn(store, wrong = {}) {
  return {
    get: (/** @type {string} */ key) => turn().then(() => store.get(key)),
    set: (/** @type {string} */ key, /** @type {string} */ value) => turn().then(() => store.set(key, value)),
    getMany: (/** @type {readonly string[]} */ keys) =>
      turn().then(() => new Map(keys.map((key) => [key, store.get(key)]))),
    pick: (/** @type {Map<string, string>} */ found, /** @type {string} */ key) => found.get(key),
    ...wrong,
  };
}

/**
 * Runs a case for a moment, with a client that is right until its values are stored.
 *
 * @param {import('../harness/cases.mjs').Case} test
 * @param {(store: Map<string, string>) => Partial<import('../harness/load.mjs').Session>} wrong
 */
async function run(test, wrong) {
  const store = new Map();
  const session = sessionOn(store);
  const load = clientLoad(async () => session, test, target);
  await load.open();
  await load.prepare();
  Object.assign(session, wrong(store));
  load.run(new Meter());
  await delay(20);
  await settled(load.stop(), 200);
}

/** @param {Map<string, string>} store */
const valueOfAnother = (store) => async (/** @type {string} */ key) => {
  await turn();
  const keys = [...store.keys()];
  return store.get(/** @type {string} */ (keys[(keys.indexOf(key) + 1) % keys.length]));
};

describe('a case passes', () => {
  test('where every value is right', async () => {
    await run(single, () => ({}));
    await run(many, () => ({}));
    await run({ ...single, operation: 'set' }, () => ({}));
  });
});

describe('a case fails', () => {
  test("where a get gives another key's value, of the same length", async () => {
    await assert.rejects(
      run(single, (store) => ({ get: valueOfAnother(store) })),
      /wrong value/,
    );
  });

  test('where a get gives a miss', async () => {
    await assert.rejects(
      run(single, () => ({ get: () => turn().then(() => undefined) })),
      /wrong value/,
    );
  });

  test('where a multi-get lacks a key', async () => {
    const getMany = (/** @type {Map<string, string>} */ store) => async () => {
      await turn();
      const found = new Map(store);
      found.delete('bench:key:10001');
      return found;
    };
    await assert.rejects(
      run(many, (store) => ({ getMany: getMany(store) })),
      /wrong value/,
    );
  });

  test('where a set stores nothing', async () => {
    await assert.rejects(
      run({ ...single, operation: 'set' }, () => ({ set: turn })),
      /wrong value/,
    );
  });

  test('where one call is never settled', async () => {
    let calls = 0;
    const get = (/** @type {Map<string, string>} */ store) => (/** @type {string} */ key) =>
      ++calls === 7 ? new Promise(() => {}) : turn().then(() => store.get(key));
    await assert.rejects(
      run(single, (store) => ({ get: get(store) })),
      /not settled/,
    );
  });

  test('where a burst has a wrong value', async () => {
    const store = new Map();
    const session = sessionOn(store);
    const load = clientLoad(async () => session, { ...single, kind: 'burst' }, target);
    await load.open();
    await load.prepare();
    await load.once();
    session.get = valueOfAnother(store);
    await assert.rejects(load.once(), /wrong value/);
  });
});
