/** The embedded server beside memcached: the same commands to both, and what they answer. */
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { CommandStream } from './command-stream.ts';
import { Wire } from './wire.ts';

/** The first command that the two answered differently, and their replies to it. */
export interface Difference {
  /** With the seed and the number of the command. */
  readonly command: string;
  readonly expected: Answer;
  readonly actual: Answer;
}

/** A reply without what depends on when it is given, and the seconds left that it tells. */
interface Answer {
  readonly reply: string;
  readonly secondsLeft: readonly number[];
}

const REFERENCE = 'VERSION 1.6.18\r\n';
const CLOCK_TOLERANCE_SECONDS = 3;

/** Seconds left (`t`, `exp=`): compared apart, as the clocks of the two do not tick together. */
const SECONDS_LEFT = /(?<=^(?:HD|VA)[^\r\n]* t)\d+|(?<=^ME [^\r\n]*exp=)-\d+/gm;

/** Seconds since the last access (`l`, `la=`): memcached renews that time only at some reads. */
const SECONDS_SINCE = /(?<=^(?:HD|VA)[^\r\n]* l)\d+|(?<=^ME [^\r\n]*la=)\d+/gm;

/** @throws Error where the memcached installed is another than the embedded server was made after. */
export async function firstDifference(seed: number, commands: number): Promise<Difference | undefined> {
  // Without the threads that move items about: a counter they look at is replaced instead of padded.
  const memcached = await startMemcached(undefined, ['-o', 'no_modern', '-t', '1']);
  const server = await startServer();
  try {
    const [real, ours] = await Promise.all([
      Wire.open(`127.0.0.1:${memcached.port}`),
      Wire.open(server.endpoint),
    ]);
    const version = await real.ask('version\r\n');
    if (version !== REFERENCE)
      throw new Error(`The embedded server is made after ${REFERENCE}, not ${version}`);
    return await differenceOf(real, ours, seed, commands);
  } finally {
    await Promise.all([memcached.stop(), server.close()]);
  }
}

async function differenceOf(
  real: Wire,
  ours: Wire,
  seed: number,
  commands: number,
): Promise<Difference | undefined> {
  const stream = new CommandStream(seed);
  for (let i = 0; i < commands; i += 1) {
    const command = stream.next();
    // No key or value has this in it, so its reply marks the end of those to the command.
    const fence = `mg fence-${seed}-${i} k\r\n`;
    const end = `EN kfence-${seed}-${i}\r\n`;
    const [expected, actual] = await Promise.all([
      real.ask(command + fence, end),
      ours.ask(command + fence, end),
    ]);
    stream.learn(expected);
    const [a, b] = [answer(expected), answer(actual)];
    if (!alike(a, b)) {
      return { command: `seed ${seed}, command ${i}: ${JSON.stringify(command)}`, expected: a, actual: b };
    }
  }
  return undefined;
}

function answer(reply: string): Answer {
  return {
    reply: reply.replace(SECONDS_LEFT, '~').replace(SECONDS_SINCE, '~'),
    secondsLeft: (reply.match(SECONDS_LEFT) ?? []).map(Number),
  };
}

function alike(a: Answer, b: Answer): boolean {
  const late = b.secondsLeft.map((seconds, n) => Math.abs(seconds - (a.secondsLeft[n] ?? 0)));
  return a.reply === b.reply && Math.max(0, ...late) <= CLOCK_TOLERANCE_SECONDS;
}
