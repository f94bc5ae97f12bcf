import { keyOf, keysOf, objectOf, textOf } from './data.mjs';

/**
 * @typedef {object} Target The servers of one case.
 * @property {readonly { host: string, port: number }[]} endpoints
 * @property {string | undefined} ca The certificate that signs a TLS server's; absent: no TLS.
 *
 * @typedef {object} Session One client's calls, each in the fastest way its documentation offers.
 * @property {(key: string) => Promise<unknown>} get
 * @property {(key: string, value: string) => Promise<unknown>} set
 * @property {((keys: readonly string[]) => Promise<unknown>)=} getMany
 * @property {((many: any, key: string, index: number) => unknown)=} pick One value out of what getMany gave.
 * @property {((key: string) => Promise<unknown>)=} getObject
 * @property {((key: string, value: object) => Promise<unknown>)=} setObject
 *
 * @typedef {object} Load A client (or the wire floor) doing what a case asks.
 * @property {() => Promise<void>} open
 * @property {() => Promise<void>} prepare Stores the case's values and reads each back.
 * @property {(meter: import('./meter.mjs').Meter) => void} run Keeps calling until `stop`.
 * @property {() => Promise<void>} stop Resolves when the last call has; rejects if one went wrong.
 * @property {() => Promise<void>} once All callers' calls at one moment, resolved when all have.
 */

/**
 * @param {(target: Target) => Promise<Session>} connect
 * @param {import('./cases.mjs').Case} test
 * @param {Target} target
 * @returns {Load}
 */
export function clientLoad(connect, test, target) {
  const keys = keysOf(test.keys);
  const values = keys.map((_, n) => textOf(n, test.valueBytes));
  /** @type {Session} */
  let session;
  /** @type {Promise<unknown>} */
  let callers = Promise.resolve();
  const state = { running: false, next: 0, wrapped: false };

  return {
    open: async () => {
      session = await connect(target);
    },
    prepare: async () => {
      if (test.operation === 'object') await prepareObjects(session, keys.slice(0, test.callers));
      else await prepare(session, keys, values);
    },
    run: (meter) => {
      state.running = true;
      const caller = { get: getter, set: setter, getMany: manyGetter, object: objectCaller }[test.operation];
      callers = Promise.all(
        Array.from({ length: test.callers }, (_, id) =>
          caller({ session, test, keys, values, meter, state, id }),
        ),
      );
      // Answered for in stop: until then a failure must not be an unhandled one.
      callers.catch(() => {});
    },
    stop: async () => {
      state.running = false;
      await callers;
      if (test.operation === 'set' && state.wrapped) {
        const found = await Promise.all(keys.map((key) => session.get(key)));
        for (const [n, value] of found.entries()) expectSame(value, rewritten(values, n));
      }
    },
    once: async () => {
      const found = await Promise.all(
        Array.from({ length: test.callers }, (_, call) => session.get(keys[call % keys.length])),
      );
      for (const [call, value] of found.entries()) expectSame(value, values[call % keys.length]);
    },
  };
}

/**
 * @param {Session} session
 * @param {readonly string[]} keys
 * @param {readonly string[]} values
 */
async function prepare(session, keys, values) {
  // A few at once, so that values of 1 MB do not pile up.
  const atOnce = values[0].length > 10_000 ? 4 : 64;
  for (let from = 0; from < keys.length; from += atOnce) {
    const part = keys.slice(from, from + atOnce);
    await Promise.all(part.map((key, i) => session.set(key, values[from + i])));
    const found = await Promise.all(part.map((key) => session.get(key)));
    for (const [i, value] of found.entries()) expectSame(value, values[from + i]);
  }
}

/**
 * @param {Session} session
 * @param {readonly string[]} keys
 */
async function prepareObjects({ setObject, getObject }, keys) {
  if (getObject === undefined || setObject === undefined) throw new Error('No objects');
  await Promise.all(keys.map((key, n) => setObject(key, objectOf(n))));
  const found = await Promise.all(keys.map((key) => getObject(key)));
  for (const [n, object] of found.entries()) expectSame(JSON.stringify(object), JSON.stringify(objectOf(n)));
}

/**
 * @typedef {object} Call
 * @property {Session} session
 * @property {import('./cases.mjs').Case} test
 * @property {readonly string[]} keys
 * @property {readonly string[]} values
 * @property {import('./meter.mjs').Meter} meter
 * @property {{ running: boolean, next: number, wrapped: boolean }} state Shared by the callers of a load:
 *   which key is next, and whether each had its turn.
 * @property {number} id
 */

/** @param {Call} call */
async function getter({ session, test: { valueBytes, sampleEvery }, keys, values, meter, state, id }) {
  let untilSample = 1 + (id % sampleEvery);
  while (state.running) {
    const n = state.next;
    state.next = n + 1 === keys.length ? 0 : n + 1;
    if (--untilSample === 0) {
      untilSample = sampleEvery;
      const startedAt = performance.now();
      const value = await session.get(keys[n]);
      meter.record(performance.now() - startedAt);
      expectSame(value, values[n]);
    } else {
      expectLength(await session.get(keys[n]), valueBytes);
    }
    meter.count++;
  }
}

/**
 * What the set case stores under a key: not what was stored before, so that a set that did nothing is noticed.
 *
 * @param {readonly string[]} values
 * @param {number} n
 */
const rewritten = (values, n) => values[n + 1 === values.length ? 0 : n + 1];

/** @param {Call} call */
async function setter({ session, test: { sampleEvery }, keys, values, meter, state, id }) {
  let untilSample = 1 + (id % sampleEvery);
  while (state.running) {
    const n = state.next;
    state.next = n + 1 === keys.length ? 0 : n + 1;
    if (state.next === 0) state.wrapped = true;
    if (--untilSample === 0) {
      untilSample = sampleEvery;
      const startedAt = performance.now();
      await session.set(keys[n], rewritten(values, n));
      meter.record(performance.now() - startedAt);
    } else {
      await session.set(keys[n], rewritten(values, n));
    }
    meter.count++;
  }
}

/** @param {Call} call */
async function manyGetter({
  session,
  test: { valueBytes, batch, sampleEvery },
  keys,
  values,
  meter,
  state,
  id,
}) {
  const { getMany, pick } = session;
  if (getMany === undefined || pick === undefined) throw new Error('No multi-get');
  const groups = Array.from({ length: keys.length / batch }, (_, g) =>
    keys.slice(g * batch, (g + 1) * batch),
  );
  let untilSample = 1 + (id % sampleEvery);
  while (state.running) {
    const g = state.next;
    state.next = g + 1 === groups.length ? 0 : g + 1;
    const startedAt = performance.now();
    const many = await getMany(groups[g]);
    if (--untilSample === 0) {
      untilSample = sampleEvery;
      meter.record(performance.now() - startedAt);
      for (const [i, key] of groups[g].entries()) expectSame(pick(many, key, i), values[g * batch + i]);
    } else {
      expectLength(pick(many, groups[g][batch - 1], batch - 1), valueBytes);
    }
    meter.count += batch;
  }
}

/** @param {Call} call */
async function objectCaller({ session, test: { sampleEvery }, meter, state, id }) {
  const { getObject, setObject } = session;
  if (getObject === undefined || setObject === undefined) throw new Error('No objects');
  const key = keyOf(id);
  const object = objectOf(id);
  const text = JSON.stringify(object);
  let untilSample = 1 + (id % sampleEvery);
  while (state.running) {
    const startedAt = performance.now();
    await setObject(key, object);
    const found = /** @type {{ id?: number } | undefined} */ (await getObject(key));
    if (found?.id !== object.id) throw new Error('A wrong object was read');
    if (--untilSample === 0) {
      untilSample = sampleEvery;
      meter.record(performance.now() - startedAt);
      expectSame(JSON.stringify(found), text);
    }
    meter.count++;
  }
}

/**
 * @param {unknown} value
 * @param {string} expected
 */
function expectSame(value, expected) {
  if (value !== expected) throw new Error(`A wrong value was read: ${described(value)}`);
}

/**
 * @param {unknown} value
 * @param {number} bytes
 */
function expectLength(value, bytes) {
  if (typeof value !== 'string' || value.length !== bytes) {
    throw new Error(`A wrong value was read: ${described(value)}`);
  }
}

/** @param {unknown} value */
const described = (value) =>
  typeof value === 'string' ? `a string of ${value.length}, "${value.slice(0, 30)}"` : String(value);
