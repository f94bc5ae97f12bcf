import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { keyOf, textOf } from './data.mjs';

/**
 * One exchange over a connection of its own, which counts as one of the server's connections.
 *
 * @param {import('./servers.mjs').Server} server
 * @param {string} request
 * @param {(reply: string) => boolean} isWhole
 * @returns {Promise<string>}
 */
function ask({ endpoint, ca }, request, isWhole) {
  return new Promise((resolve, reject) => {
    const socket = ca === undefined ? net.connect(endpoint) : tls.connect({ ...endpoint, ca });
    let reply = '';
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The server closed the connection')));
    socket.on('data', (chunk) => {
      reply += chunk;
      if (!isWhole(reply)) return;
      resolve(reply);
      socket.destroy();
    });
    socket.write(request);
  });
}

/**
 * How many connections the server has accepted so far, the one that asks included.
 *
 * @param {import('./servers.mjs').Server} server
 */
export async function openConnections(server) {
  const redis = server.kind === 'redis';
  const reply = await ask(server, redis ? 'INFO stats\r\n' : 'stats\r\n', (text) =>
    text.endsWith(redis ? '\r\n\r\n' : 'END\r\n'),
  );
  const found = (redis ? /total_connections_received:(\d+)/ : /STAT total_connections (\d+)/).exec(reply);
  if (found === null) throw new Error('The server does not tell how many connections it has had');
  return Number(found[1]);
}

/**
 * Stores the first keys of a case, of 100-byte values, as plain text that every client reads: for cases that
 * measure a client's first calls, which cannot store them with it.
 *
 * @param {import('./servers.mjs').Server} server
 * @param {import('./cases.mjs').Case} test
 */
export async function seed(server, { keys, valueBytes }) {
  const redis = server.kind === 'redis';
  const items = Array.from({ length: keys }, (_, n) => [keyOf(n), textOf(n, valueBytes)]);
  const request = items.map(([key, value]) =>
    redis ? `SET ${key} "${value}"\r\n` : `set ${key} 0 0 ${value.length}\r\n${value}\r\n`,
  );
  const whole = (redis ? '+OK\r\n' : 'STORED\r\n').repeat(keys);
  const reply = await ask(server, request.join(''), (text) => text.length >= whole.length);
  if (reply !== whole) throw new Error('The server refused a value');
}

/**
 * @template T
 * @param {() => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function waitFor(attempt, attempts = 100) {
  try {
    return await attempt();
  } catch (error) {
    if (attempts === 1) throw error;
    await delay(50);
    return waitFor(attempt, attempts - 1);
  }
}
