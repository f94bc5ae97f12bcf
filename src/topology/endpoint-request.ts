/**
 * Asks a configuration endpoint, whose name stands for several nodes: it is resolved anew, and its
 * addresses are asked one after another, each with a head start, until one has the configuration.
 */
import type { LookupAddress } from 'node:dns';
import { addressesOf } from '../connection/addresses.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { socketError } from '../connection/socket-error.ts';
import { type MemfleetError, TimeoutError } from '../errors.ts';
import { endpointId } from '../node/endpoint.ts';
import { type ConfigAnswer, requestConfig } from './config-request.ts';

/** How long one address is asked alone (RFC 8305, "Connection Attempt Delay"). */
const HEAD_START_MS = 250;

/**
 * @param legacyFirst see {@link requestConfig}.
 * @param timeoutMs for everything, all addresses included.
 * @throws what {@link requestConfig} throws, of the address asked first.
 */
export async function requestFromEndpoint(
  options: ConnectionOptions,
  legacyFirst: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ConfigAnswer> {
  const { address } = options.socket;
  if (address.host === undefined) return requestConfig(options, legacyFirst, timeoutMs, signal);
  const until = performance.now() + timeoutMs;
  const found = await resolve(address.host, options, timeoutMs, signal);
  signal.throwIfAborted();
  const attempts = found.map(({ address: host }) => {
    const socket = { ...options.socket, address: { host, port: address.port } };
    return async (others: AbortSignal): Promise<ConfigAnswer> => {
      const limitMs = Math.max(1, Math.ceil(until - performance.now()));
      const answer = await requestConfig({ ...options, socket }, legacyFirst, limitMs, others);
      return answer.kind === 'config' ? { ...answer, address: endpointId(host, address.port) } : answer;
    };
  });
  return firstConfig(attempts, until, signal);
}

async function resolve(
  host: string,
  options: ConnectionOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  let timer: NodeJS.Timeout | undefined;
  let aborted: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    const hint = 'its name is not resolved';
    const timeout = new TimeoutError('discovery', timeoutMs, { node: options.node }, hint);
    timer = setTimeout(() => reject(timeout), timeoutMs);
    aborted = () => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
  const resolved = addressesOf(host, options.socket.lookup).catch((error: Error) => {
    throw socketError(error, options, 'dialling');
  });
  try {
    return await Promise.race([resolved, given]);
  } finally {
    clearTimeout(timer);
    if (aborted !== undefined) signal.removeEventListener('abort', aborted);
  }
}

type Attempt = (signal: AbortSignal) => Promise<ConfigAnswer>;

/** The first configuration; where there is none, what a server said; where none said anything, the first error. */
function firstConfig(
  attempts: readonly Attempt[],
  until: number,
  signal: AbortSignal,
): Promise<ConfigAnswer> {
  const others = new AbortController();
  const stop = AbortSignal.any([signal, others.signal]);
  return new Promise((resolve, reject) => {
    let started = 0;
    let ended = 0;
    let refusal: ConfigAnswer | undefined;
    let failure: MemfleetError | undefined;
    let timer: NodeJS.Timeout | undefined;
    const next = (): void => {
      clearTimeout(timer);
      const attempt = attempts[started];
      if (attempt === undefined || isOver()) return;
      started++;
      timer = setTimeout(next, HEAD_START_MS);
      attempt(stop).then(
        (answer) => {
          if (answer.kind === 'config') settle(() => resolve(answer));
          else {
            refusal ??= answer;
            without();
          }
        },
        (error: MemfleetError) => {
          failure ??= error;
          without();
        },
      );
    };
    const isOver = (): boolean => started > 0 && (stop.aborted || performance.now() >= until);
    const without = (): void => {
      ended++;
      if (ended < started) return;
      if (started < attempts.length && !isOver()) next();
      else if (refusal === undefined) settle(() => reject(failure));
      else settle(() => resolve(refusal as ConfigAnswer));
    };
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      how();
      others.abort();
    };
    next();
  });
}
