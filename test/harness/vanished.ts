import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { MemcachedProcess } from '../../src/testing/cluster/memcached-process.ts';

/** Of a memcached that is to vanish: how many connections wait to be accepted before dials go unanswered. */
export const VANISHABLE: readonly string[] = ['-b', '1'];

/** How long a dial on loopback may take before it counts as unanswered. */
const UNANSWERED_MS = 200;
const MOST_WAITING = 64;

/**
 * Makes a memcached vanish as its host would. What is connected hears nothing more, and the kernel drops
 * dials without a word, as it does where the queue of a listener is full. Gives what brings it back.
 *
 * @param memcached started with {@link VANISHABLE}.
 */
export async function vanish(memcached: MemcachedProcess, host = '127.0.0.1'): Promise<() => void> {
  const { pid, port } = memcached;
  const waiting: Socket[] = [];
  const back = (): void => {
    for (const socket of waiting) socket.destroy();
    process.kill(pid, 'SIGCONT');
  };
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy();
  });
  process.kill(pid, 'SIGSTOP');
  while (await isAnswered(host, port, waiting)) {
    if (waiting.length > MOST_WAITING) throw new Error('Dials of a stopped process are still answered');
  }
  return back;
}

function isAnswered(host: string, port: number, waiting: Socket[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    waiting.push(socket);
    const timer = setTimeout(() => resolve(false), UNANSWERED_MS);
    socket.on('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.on('error', reject);
  });
}
