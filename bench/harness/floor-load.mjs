import { keyOf, objectOf, textOf } from './data.mjs';
import { dialects, joined } from './floor-dialects.mjs';
import { FloorLane } from './floor-lane.mjs';

/** A batch of at least this many bytes of requests lies ready, so that a burst leaves in few writes. */
const SCRIPT_BYTES = 1 << 20;

/**
 * @param {import('./cases.mjs').Case} test
 * @param {import('./floor-dialects.mjs').Dialect} dialect
 * @param {number} lane
 * @param {number} lanes
 * @returns {{ exchanges: import('./floor-dialects.mjs').Exchange[], weight: number, preload: import('./floor-dialects.mjs').Exchange[] }}
 */
function script(test, dialect, lane, lanes) {
  const mine = Array.from({ length: test.keys }, (_, n) => n).filter((n) => n % lanes === lane);
  const text = (/** @type {number} */ n) =>
    test.operation === 'object' ? JSON.stringify(objectOf(FIXED_WIDTH)) : textOf(n, test.valueBytes);
  const item = (/** @type {number} */ n) => /** @type {const} */ ([keyOf(n), text(n)]);
  const preload = mine.map((n) => dialect.set(...item(n)));
  if (test.operation === 'get')
    return { exchanges: mine.map((n) => dialect.get(...item(n))), weight: 1, preload };
  if (test.operation === 'set') return { exchanges: preload, weight: 1, preload };
  if (test.operation === 'object') {
    const exchanges = mine.map((n) => joined([dialect.set(...item(n)), dialect.get(...item(n))]));
    return { exchanges, weight: 1, preload };
  }
  // Of 100 keys one of three nodes owns 34 and the others 33, in every call.
  const weight = Math.floor(test.batch / lanes) + (lane < test.batch % lanes ? 1 : 0);
  const groups = Array.from({ length: Math.floor(mine.length / weight) }, (_, g) =>
    mine.slice(g * weight, (g + 1) * weight),
  );
  return { exchanges: groups.map((group) => dialect.getMany(group.map(item))), weight, preload };
}

/** Every object of the case is written as this one: their JSON texts differ in length. */
const FIXED_WIDTH = 100;

/**
 * The wire floor as a load: `callers` requests in flight over one socket a node, and for the replies that one
 * read brings, as many new requests in one write.
 *
 * @param {keyof typeof dialects} dialectName
 * @param {import('./cases.mjs').Case} test
 * @param {import('./load.mjs').Target} target
 * @returns {import('./load.mjs').Load}
 */
export function floorLoad(dialectName, test, { endpoints, ca }) {
  const plans = endpoints.map((endpoint, index) => {
    const { exchanges, weight, preload } = script(test, dialects[dialectName], index, endpoints.length);
    const callers = callersOf(test, index, endpoints.length);
    return { endpoint, exchanges, weight, preload, callers, lines: lines(exchanges, callers) };
  });
  /** @type {{ wire: FloorLane, weight: number, callers: number }[]} */
  let lanes = [];
  let running = false;

  return {
    open: async () => {
      lanes = plans.map(({ endpoint, weight, callers, lines }) => ({
        wire: new FloorLane(endpoint, ca, lines),
        weight,
        callers,
      }));
    },
    prepare: async () => {
      for (const { endpoint, exchanges, preload } of plans) {
        await converse(endpoint, ca, preload);
        await converse(endpoint, ca, exchanges);
      }
    },
    run: (meter) => {
      running = true;
      for (const { wire, weight, callers } of lanes) {
        let sampled = 0;
        let sampledAt = 0;
        wire.onReplies((ended) => {
          meter.count += ended * weight;
          if (wire.ended >= sampled) {
            const now = performance.now();
            if (sampled > 0) meter.record(now - sampledAt);
            sampled = wire.sent + 1;
            sampledAt = now;
          }
          if (running && ended > 0) wire.send(ended);
        });
        wire.send(callers);
      }
    },
    stop: async () => {
      running = false;
      await Promise.all(lanes.map(({ wire }) => wire.settled()));
    },
    once: async () => {
      for (const { wire, callers } of lanes) wire.send(callers);
      await Promise.all(lanes.map(({ wire }) => wire.settled()));
    },
  };
}

/**
 * A call for many keys asks every node, so each node has all callers'; other calls are divided among them.
 *
 * @param {import('./cases.mjs').Case} test
 * @param {number} lane
 * @param {number} lanes
 */
function callersOf({ operation, callers }, lane, lanes) {
  if (operation === 'getMany') return callers;
  return Math.floor(callers / lanes) + (lane < callers % lanes ? 1 : 0);
}

/**
 * The exchanges' requests in one buffer, repeated until all callers' requests of one moment fit in few writes.
 *
 * @param {readonly import('./floor-dialects.mjs').Exchange[]} exchanges
 * @param {number} callers
 */
function lines(exchanges, callers) {
  const { request } = joined(exchanges);
  const times = callers > 1 ? Math.max(1, Math.ceil(SCRIPT_BYTES / request.length)) : 1;
  return {
    requests: Buffer.from(request.repeat(times), 'latin1'),
    count: exchanges.length * times,
    replyBytes: exchanges[0].reply.length,
  };
}

/** How many exchanges a conversation has under way: memcached 1.6.18 over TLS stalls on a pipelined write of 64 KB. */
const CONVERSATION = 16;

/**
 * All exchanges over a connection of their own, the replies compared byte by byte.
 *
 * @param {{ host: string, port: number }} endpoint
 * @param {string | undefined} ca
 * @param {readonly import('./floor-dialects.mjs').Exchange[]} exchanges
 */
async function converse(endpoint, ca, exchanges) {
  const { request, reply } = joined(exchanges);
  const wire = new FloorLane(endpoint, ca, {
    requests: Buffer.from(request, 'latin1'),
    count: exchanges.length,
    replyBytes: exchanges[0].reply.length,
  });
  /** @type {Buffer[]} */
  const chunks = [];
  wire.onReplies((_, chunk) => chunks.push(Buffer.from(chunk)));
  while (wire.sent < exchanges.length) {
    wire.send(Math.min(CONVERSATION, exchanges.length - wire.sent));
    await wire.settled();
  }
  wire.close();
  if (Buffer.concat(chunks).toString('latin1') !== reply) throw new Error('Wrong replies to the wire floor');
}
