/** Options in the query of a `memcached://` URL: `memcached://h1,h2?hashing=pylibmc&requestTimeoutMs=250`. */
import { InvalidCacheConfigError } from '../errors.ts';
import type { ClientOptions, DiscoveryOptionsInput, Target } from './client-options.ts';

const NUMBERS: ReadonlySet<string> = new Set<
  keyof ClientOptions | `discovery.${keyof DiscoveryOptionsInput}`
>([
  'connectionsPerNode',
  'connectTimeoutMs',
  'requestTimeoutMs',
  'maxInFlight',
  'maxQueuedBytes',
  'maxValueBytes',
  'discovery.intervalMs',
  'discovery.timeoutMs',
]);
const WORDS: ReadonlySet<string> = new Set<keyof ClientOptions | `discovery.${keyof DiscoveryOptionsInput}`>([
  'hashing',
  'ringKey',
  'protocol',
  'failover',
  'onError',
  'onDecodeError',
  'keyPrefix',
  'longKeys',
  'unsafeKeys',
  'largeValues',
  'discovery.mode',
  'discovery.startup',
  'discovery.connectTo',
]);
const SWITCHES: ReadonlySet<string> = new Set<
  keyof ClientOptions | `discovery.${keyof DiscoveryOptionsInput}`
>(['tls', 'discovery.ignoreClusterErrors']);

/** The query of a URL target; `''` for any other. */
function queryOf(target: Target): string {
  const text = typeof target === 'string' ? target : '';
  const mark = text.indexOf('?');
  return mark < 0 || !/^[a-z]+:\/\//i.test(text) ? '' : text.slice(mark + 1);
}

/**
 * The options with those of the URL beneath them: what is given as an option counts.
 *
 * @throws InvalidCacheConfigError for a name that no option of a URL has. Values are checked with all others.
 */
export function withUrlOptions(target: Target, options: ClientOptions): ClientOptions {
  const query = queryOf(target);
  if (query === '') return options;
  const own: Record<string, unknown> = {};
  const discovery: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(query)) {
    const value = parsed(name, text);
    if (name.startsWith('discovery.')) discovery[name.slice('discovery.'.length)] = value;
    else own[name] = value;
  }
  return { ...own, ...options, discovery: { ...discovery, ...options.discovery } };
}

function parsed(name: string, text: string): string | number | boolean {
  if (WORDS.has(name)) return text;
  if (NUMBERS.has(name)) return /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (SWITCHES.has(name)) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new InvalidCacheConfigError(`target: ${name} in a URL must be true or false`);
  }
  throw new InvalidCacheConfigError(`target: there is no option ${JSON.stringify(name)} for a URL`);
}
