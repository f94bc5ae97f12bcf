import { describe, expect, test } from 'vitest';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { CommandStream } from './command-stream.ts';
import { Wire } from './wire.ts';

/** Set MEMFLEET_SEED to repeat a stream. */
const SEEDS =
  process.env.MEMFLEET_SEED === undefined ? [1, 2, 3, Date.now() % 1e9] : [Number(process.env.MEMFLEET_SEED)];
const COMMANDS_PER_STREAM = 2500;
const CLOCK_TOLERANCE_SECONDS = 3;

describe.each(SEEDS)('a stream of commands from seed %i', (seed) => {
  test('gets the same replies as from memcached', { timeout: 30_000 }, async () => {
    // Without the threads that move items about: a counter they look at is replaced instead of padded.
    const memcached = await startMemcached(undefined, ['-o', 'no_modern', '-t', '1']);
    try {
      await using server = await startServer();
      await using real = await Wire.open(`127.0.0.1:${memcached.port}`);
      await using ours = await Wire.open(server.endpoint);
      const version = await real.ask('version\r\n');
      expect(version, 'the version this server is made after').toBe('VERSION 1.6.18\r\n');
      const stream = new CommandStream(seed);
      for (let i = 0; i < COMMANDS_PER_STREAM; i += 1) {
        const command = stream.next();
        // No key or value has this in it, so its reply marks the end of those to the command.
        const fence = `mg fence-${seed}-${i} k\r\n`;
        const end = `EN kfence-${seed}-${i}\r\n`;
        const [expected, actual] = await Promise.all([
          real.ask(command + fence, end),
          ours.ask(command + fence, end),
        ]);
        stream.learn(expected);
        const name = `seed ${seed}, command ${i}: ${JSON.stringify(command)}`;
        expect(withoutTimes(actual), name).toBe(withoutTimes(expected));
        const late = times(actual).map((time, n) => Math.abs(time - (times(expected)[n] ?? 0)));
        expect(Math.max(0, ...late), name).toBeLessThanOrEqual(CLOCK_TOLERANCE_SECONDS);
      }
    } finally {
      await memcached.stop();
    }
  });
});

/** Seconds left (`t`, `exp=`): compared apart, as the clocks of the two do not tick together. */
const SECONDS_LEFT = /(?<=^(?:HD|VA)[^\r\n]* t)\d+|(?<=^ME [^\r\n]*exp=)-\d+/gm;

/** Seconds since the last access (`l`, `la=`): memcached renews that time only at some reads. */
const SECONDS_SINCE = /(?<=^(?:HD|VA)[^\r\n]* l)\d+|(?<=^ME [^\r\n]*la=)\d+/gm;

function withoutTimes(reply: string): string {
  return reply.replace(SECONDS_LEFT, '~').replace(SECONDS_SINCE, '~');
}

function times(reply: string): number[] {
  return (reply.match(SECONDS_LEFT) ?? []).map(Number);
}
