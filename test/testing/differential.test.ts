import { describe, expect, test } from 'vitest';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { CommandStream } from './command-stream.ts';
import { Wire } from './wire.ts';

/** Set MEMFLEET_SEED to repeat a stream. */
const SEEDS =
  process.env.MEMFLEET_SEED === undefined ? [1, 2, 3, Date.now() % 1e9] : [Number(process.env.MEMFLEET_SEED)];
const COMMANDS_PER_STREAM = 2500;

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
        expect(withoutTime(actual), `seed ${seed}, command ${i}: ${JSON.stringify(command)}`).toBe(
          withoutTime(expected),
        );
      }
    } finally {
      await memcached.stop();
    }
  });
});

/**
 * Seconds left and seconds since: the clocks of the two do not tick together, and memcached renews the
 * time of last access only at some reads. Far values keep all but their last digits.
 */
function withoutTime(reply: string): string {
  return reply
    .replace(/^((?:HD|VA|OK)\b[^\r\n]*)$/gm, (line) =>
      line
        .replace(/ t(\d+)/g, (_, seconds) => ` t~${Math.round(Number(seconds) / 100)}`)
        .replace(/ l\d+/g, ' l~'),
    )
    .replace(/ exp=(-?\d+) la=\d+ /g, (_, seconds) => ` exp=~${Math.round(Number(seconds) / 100)} la=~ `);
}
