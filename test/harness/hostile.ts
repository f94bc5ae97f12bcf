/** Clients of servers that misbehave, and what must hold of them whatever the server did. */
import { expect } from 'vitest';
import { type ClientOptions, createClient, type MemcachedClient, MemfleetError } from '../../src/index.ts';
import { goodReply, goodValue } from './good-reply.ts';
import { type Asked, type ScriptedConnection, type ScriptOptions, startScripted } from './scripted-server.ts';
import { watchTraces } from './traces.ts';

export const DIALECTS = ['classic', 'meta'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** For what must be answered, however busy the machine is. */
const PATIENT_MS = 5_000;
/** Whether calls were settled at all is looked at long after their time-out. */
const SETTLE_MS = 10_000;

/** A call of the keys `a` and `b`, and what a server that answers by `goodReply` makes of it. */
export interface Call {
  readonly verb: string;
  readonly make: (client: MemcachedClient) => Promise<unknown>;
  readonly right: unknown;
}

export const CALLS: readonly Call[] = [
  { verb: 'get', make: (client) => client.get('a'), right: goodValue('a') },
  { verb: 'set', make: (client) => client.set('a', 'new'), right: true },
  {
    verb: 'getMany',
    make: (client) => client.getMany(['a', 'b']),
    right: new Map([
      ['a', goodValue('a')],
      ['b', goodValue('b')],
    ]),
  },
  {
    verb: 'gets',
    make: (client) => client.gets('a'),
    right: expect.objectContaining({ value: goodValue('a'), casToken: 7n }),
  },
];

/** Each call in each dialect, for `test.each`. */
export const CALLS_BY_DIALECT: readonly (readonly [Dialect, string, Call])[] = DIALECTS.flatMap((dialect) =>
  CALLS.map((call) => [dialect, call.verb, call] as const),
);

export interface Hostility extends Pick<ScriptOptions, 'onConnect'> {
  readonly dialect: Dialect;
  /** What the server does with commands of any key but `after`, which it answers as it should. */
  readonly script: (connection: ScriptedConnection, asked: Asked) => void;
  readonly client?: ClientOptions;
  /** Makes calls and looks at what became of them. */
  readonly act: (client: MemcachedClient, connections: readonly ScriptedConnection[]) => Promise<void>;
}

/**
 * Starts server and client, lets them act, and checks what must hold after anything: the next call is
 * answered right, and with the client nothing of it is left.
 */
export async function withstand({
  act,
  client: options,
  dialect,
  onConnect,
  script,
}: Hostility): Promise<void> {
  const traces = watchTraces();
  {
    await using server = await startScripted(
      (connection, asked) => {
        if (asked.key === 'after') connection.say(goodReply(asked));
        else script(connection, asked);
      },
      onConnect === undefined ? {} : { onConnect },
    );
    const client = createClient([server.endpoint], {
      protocol: dialect,
      requestTimeoutMs: PATIENT_MS,
      connectTimeoutMs: PATIENT_MS,
      ...options,
    });
    try {
      await act(client, server.connections);
      await expect
        .poll(() => client.get('after').catch((error: unknown) => error), { timeout: SETTLE_MS })
        .toBe(goodValue('after'));
      const node = client.snapshot().nodes[0];
      expect(node, 'after all that').toMatchObject({ health: 'up', queuedBytes: 0, pending: 0 });
    } finally {
      client.destroy();
    }
    const { connections, connectionsClosed, connectionsOpened } = client.snapshot().nodes[0] ?? {};
    expect({ connections, connectionsClosed }).toEqual({
      connections: 0,
      connectionsClosed: connectionsOpened,
    });
    await expect.poll(() => server.connections.every(({ socket }) => socket.closed)).toBe(true);
  }
  await traces.expectNone();
}

/** What became of calls: each is settled in time, and by a right value or one of the library's errors. */
export async function settled(
  calls: readonly Promise<unknown>[],
): Promise<readonly (MemfleetError | undefined)[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, SETTLE_MS, 'late');
  });
  const outcome = await Promise.race([Promise.allSettled(calls), late]);
  clearTimeout(timer);
  if (outcome === 'late') throw new Error('A call was not settled');
  return outcome.map((result) => {
    if (result.status === 'fulfilled') return undefined;
    expect(result.reason).toBeInstanceOf(MemfleetError);
    return result.reason as MemfleetError;
  });
}

/** The error a call rejects with; fails where it resolves, or never settles. */
export async function failureOf(call: Promise<unknown>): Promise<MemfleetError> {
  const [error] = await settled([call]);
  if (error === undefined) throw new Error(`It was answered: ${JSON.stringify(await call)}`);
  return error;
}

/** Resolves to the failure, if any; a value must be the right one. */
export async function rightOrFailed(client: MemcachedClient, call: Call): Promise<MemfleetError | undefined> {
  const made = call.make(client);
  const [error] = await settled([made]);
  if (error === undefined) expect(await made).toEqual(call.right);
  return error;
}
