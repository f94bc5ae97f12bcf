/** What a soak is for: each wrong that a client can do to a caller is seen. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Attempts } from '../../soak/attempts.ts';
import { CounterKeys } from '../../soak/counter-keys.ts';
import type { Desk } from '../../soak/desk.ts';
import { Figures } from '../../soak/figures.ts';
import { Ledger } from '../../soak/ledger.ts';
import { LogKeys } from '../../soak/log-keys.ts';
import { NodeLives } from '../../soak/node-lives.ts';
import { PlainKeys } from '../../soak/plain-keys.ts';
import { Random } from '../../soak/random.ts';
import { type ViolationKind, Violations } from '../../soak/violations.ts';
import { InvalidValueError, NodeDownError } from '../../src/index.ts';
import { FakeClient } from './fake-client.ts';

const STEPS = 1_500;
/** Now and then: each lie is told among many truths. */
const EVERY = 7;

function openDesk(client: FakeClient): { desk: Desk; violations: Violations } {
  const violations = new Violations(() => undefined);
  const figures = new Figures();
  const lives = new NodeLives();
  lives.begin('node:1', performance.now());
  const attempts = new Attempts(figures, violations, { isTroubled: () => false, spoilt: false });
  let sequence = 0;
  const desk: Desk = {
    client: FakeClient.as(client),
    ledger: new Ledger('fake', FakeClient.as(client), lives, violations),
    attempts,
    figures,
    timeoutMs: 100,
    signal: new AbortController().signal,
    nextSequence: () => ++sequence,
  };
  return { desk, violations };
}

async function seen(client: FakeClient): Promise<readonly ViolationKind[]> {
  const { desk, violations } = openDesk(client);
  const random = new Random(1);
  const kinds = [new PlainKeys(desk, 4), new CounterKeys(desk, 1), new LogKeys(desk, 1)];
  try {
    for (let i = 0; i < STEPS; i++) await random.pick(kinds).step(random);
    return [...violations.counts.keys()];
  } finally {
    desk.attempts.close();
  }
}

/** True for each so-manieth time it is asked. */
function nowAndThen(): () => boolean {
  let asked = 0;
  return () => ++asked % EVERY === 0;
}

type Lie = (client: FakeClient, truth: FakeClient, isTime: () => boolean) => void;

/** `truth` has the methods as they were. */
const lies: readonly (readonly [string, ViolationKind, Lie])[] = [
  [
    'a get gives the value of another key',
    'the value of another key',
    (client, truth, isTime) => {
      client.get = async (key) => {
        const plain = [...client.items.keys()].filter((other) => other.includes(':plain:'));
        return truth.get(
          isTime() && key.includes(':plain:') ? (plain.find((other) => other !== key) ?? key) : key,
        );
      };
    },
  ],
  [
    'a get gives what was there before',
    'a value older than may be',
    (client, truth, isTime) => {
      const before = new Map<string, unknown>();
      client.set = async (key, value) => {
        before.set(key, client.items.get(key)?.value);
        return truth.set(key, value);
      };
      client.get = async (key) => (isTime() ? before.get(key) : truth.get(key));
    },
  ],
  [
    'a get cuts a value short',
    'a value that is not whole',
    (client, truth, isTime) => {
      client.get = async (key) => {
        const value = await truth.get(key);
        return isTime() && typeof value === 'string' ? value.slice(0, -1) : value;
      };
    },
  ],
  [
    'a get misses what is there',
    'a miss of what was stored',
    (client, truth, isTime) => {
      client.get = async (key) => (isTime() ? undefined : truth.get(key));
    },
  ],
  [
    'a set that is lost is acknowledged',
    'a value older than may be',
    (client, truth, isTime) => {
      client.set = async (key, value) => isTime() || truth.set(key, value);
    },
  ],
  [
    'a set that is done is said not to have been sent',
    'a value never written there',
    (client, truth, isTime) => {
      client.set = async (key, value) => {
        await truth.set(key, value);
        if (isTime()) throw new NodeDownError('It is');
        return true;
      };
    },
  ],
  [
    'a delete that is lost is acknowledged',
    'a value older than may be',
    (client, truth, isTime) => {
      client.delete = async (key) => (isTime() ? client.items.has(key) : truth.delete(key));
    },
  ],
  [
    'a delete that was refused is made up for after a later write',
    'a miss of what was stored',
    (client, truth, isTime) => {
      const owed = new Set<string>();
      client.delete = async (key) => {
        if (!isTime()) return truth.delete(key);
        owed.add(key);
        throw new NodeDownError('It is');
      };
      client.set = async (key, value) => {
        await truth.set(key, value);
        if (owed.delete(key)) await truth.delete(key);
        return true;
      };
    },
  ],
  [
    'a touch finds what is not there',
    'a hit of what was deleted',
    (client) => {
      client.touch = async () => true;
    },
  ],
  [
    'an add is done where something is',
    'a miss of what was stored',
    (client, truth, isTime) => {
      client.add = async (key, value) => (isTime() ? truth.set(key, value) : truth.add(key, value));
    },
  ],
  [
    'a step is counted twice',
    'a lost or doubled count',
    (client, truth, isTime) => {
      client.incr = async (key) => {
        if (isTime()) await truth.incr(key);
        return truth.incr(key);
      };
    },
  ],
  [
    'a step is not counted',
    'a lost or doubled count',
    (client, truth, isTime) => {
      client.incr = async (key) =>
        isTime() ? ((await truth.get(key)) as number | undefined) : truth.incr(key);
    },
  ],
  [
    'an append that is lost is acknowledged',
    'a lost, doubled or misplaced append',
    (client, truth, isTime) => {
      client.append = async (key, text) => (isTime() ? client.items.has(key) : truth.append(key, text));
    },
  ],
  [
    'an append is done twice',
    'a lost, doubled or misplaced append',
    (client, truth, isTime) => {
      client.append = async (key, text) => {
        if (isTime()) await truth.append(key, text);
        return truth.append(key, text);
      };
    },
  ],
  [
    'a call fails for no reason of the network',
    'an error that had no cause',
    (client, truth, isTime) => {
      client.incr = async (key) => {
        if (isTime()) throw new InvalidValueError('Stored value is no number');
        return truth.incr(key);
      };
    },
  ],
  [
    'a call throws what is none of the library',
    'an error that had no cause',
    (client, truth, isTime) => {
      client.getMany = async (keys) => {
        if (isTime()) throw new TypeError('undefined is not a function');
        return truth.getMany(keys);
      };
    },
  ],
];

/** The methods of the class on the items of this one. */
function truthOf(client: FakeClient): FakeClient {
  const truth = new FakeClient();
  Object.assign(truth, { items: client.items });
  return truth;
}

describe('a soak', () => {
  test('finds nothing wrong with a client that does as it says', async () => {
    expect(await seen(new FakeClient())).toEqual([]);
  });

  test('finds nothing wrong where a delete is refused, and made up for before anything else', async () => {
    const client = new FakeClient();
    const isTime = nowAndThen();
    client.delete = async (key) => {
      const deleted = client.items.delete(key);
      if (isTime()) throw new NodeDownError('It is');
      return deleted;
    };
    expect(await seen(client)).toEqual([]);
  });

  test.each(lies)('sees that %s', async (_, kind, lie) => {
    const client = new FakeClient();
    lie(client, truthOf(client), nowAndThen());
    expect(await seen(client)).toContain(kind);
  });

  test('sees that a cas is done over the write of another', async () => {
    const client = new FakeClient();
    const { desk, violations } = openDesk(client);
    const [one, other] = [new PlainKeys(desk, 1), new PlainKeys(desk, 1)];
    client.cas = async (key, value) => {
      await client.set(key, value);
      return 'stored';
    };
    const random = new Random(1);
    const callers = [one, other].map(async (keys) => {
      for (let i = 0; i < STEPS / 5; i++) await keys.step(random);
    });
    await Promise.all(callers);
    desk.attempts.close();
    expect([...violations.counts.keys()]).toContain('a cas over another write');
  });
});

describe('a call that is not settled', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is seen some time after its time-out, once', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { desk, violations } = openDesk(new FakeClient());
    void desk.attempts.make('get', 'node:1', 100, () => new Promise(() => undefined));
    vi.advanceTimersByTime(1_000);
    expect(violations.count).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect([...violations.counts]).toEqual([['a call that was not settled', 1]]);
    expect(desk.attempts.pending).toBe(1);
    desk.attempts.close();
  });
});
