/** Reads what a client is to connect to. */
import { InvalidCacheConfigError } from '../errors.ts';
import { type Endpoint, parseEndpoint, type ServerSpec } from '../node/endpoint.ts';
import type { Fallback } from '../topology/discovery.ts';
import type { TopologyFunction } from '../topology/function-feed.ts';
import type { AuthOptions, DiscoveryOptionsInput, Target } from './client-options.ts';

export type ResolvedTarget = (
  | { readonly kind: 'servers'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint; readonly fallback: Fallback }
  | { readonly kind: 'function'; readonly find: TopologyFunction }
) & {
  /** What a URL says besides. */
  readonly auth?: AuthOptions;
  /** Set by the scheme of a URL, and for ElastiCache Serverless, which takes nothing else. */
  readonly tls?: boolean;
};

type Mode = NonNullable<DiscoveryOptionsInput['mode']>;

/** Its query is read by url-options.ts. */
const URL_TARGET = /^(memcacheds?):\/\/(?:([^@/]*)@)?([^/?#]*)(?:[/#]([^?]*))?(?:\?.*)?$/;
/** `name.id.cfg.region.cache.amazonaws.com`, and private names that follow AWS's rule for them. */
const CFG_LABEL = /(?:^|\.)cfg\./i;

/** `name-id.serverless.region.cache.amazonaws.com`: one endpoint for all, behind which the cluster is hidden. */
const SERVERLESS_LABEL = /\.serverless\./i;

/** @throws InvalidCacheConfigError */
export function resolveTarget(target: Target, mode: Mode, ignoreClusterErrors?: boolean): ResolvedTarget {
  if (typeof target === 'string') return fromString(target, mode, ignoreClusterErrors);
  if (isList(target)) return fromServers(target, 'servers');
  if (typeof target === 'object' && target !== null) {
    if ('configurationEndpoint' in target) {
      const endpoint = parseConfigurationEndpoint(target.configurationEndpoint);
      return fromEndpoint(endpoint, mode, fallbackOf(mode, true, ignoreClusterErrors));
    }
    if ('servers' in target) {
      const { servers } = target;
      return fromServers(typeof servers === 'string' ? splitList(servers) : servers, 'servers');
    }
    if ('topology' in target) {
      if (typeof target.topology !== 'function')
        throw new InvalidCacheConfigError('topology must be a function');
      return { kind: 'function', find: target.topology };
    }
  }
  throw new InvalidCacheConfigError(
    "A client's target must be 'host:port', a list of servers, a memcached:// URL, or an object with servers, configurationEndpoint or topology",
  );
}

/**
 * Exactly one `host:port`.
 *
 * @throws InvalidCacheConfigError
 */
export function parseConfigurationEndpoint(text: string, option = 'configurationEndpoint'): Endpoint {
  if (typeof text !== 'string' || /[,;\s]/.test(text.trim()) || !/:\d+$/.test(text)) {
    throw new InvalidCacheConfigError(`${option} must be exactly one 'host:port'`);
  }
  const endpoint = parseEndpoint(text, option);
  if (endpoint.path !== undefined || endpoint.weight !== 1) {
    throw new InvalidCacheConfigError(`${option} must be exactly one 'host:port'`);
  }
  return endpoint;
}

/** Splits on commas and semicolons, as Django does with LOCATION. */
export function splitList(text: string): string[] {
  return text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isList(target: Target): target is readonly (string | ServerSpec)[] {
  return Array.isArray(target);
}

function fromString(text: string, mode: Mode, ignoreClusterErrors: boolean | undefined): ResolvedTarget {
  if (/^[a-z]+:\/\//i.test(text)) return fromUrl(text, mode, ignoreClusterErrors);
  const servers = splitList(text);
  const [only] = servers;
  const discovers = mode !== 'off' && (mode !== 'auto' || CFG_LABEL.test(only ?? ''));
  if (servers.length === 1 && only !== undefined && discovers) {
    const endpoint = parseConfigurationEndpoint(only, 'target');
    return fromEndpoint(endpoint, mode, fallbackOf(mode, false, ignoreClusterErrors));
  }
  return fromServers(servers, 'target');
}

function fromEndpoint(endpoint: Endpoint, mode: Mode, fallback: Fallback): ResolvedTarget {
  if (!isServerless(endpoint)) return { kind: 'endpoint', endpoint, fallback };
  if (mode === 'elasticache' || mode === 'memorystore') {
    throw new InvalidCacheConfigError(
      `discovery.mode: ${endpoint.id} is a Serverless cache, which has nothing to discover: leave the mode out`,
    );
  }
  return serversTarget([endpoint]);
}

/** @param saidOutright by the target's form, not by its name alone. */
function fallbackOf(mode: Mode, saidOutright: boolean, ignoreClusterErrors: boolean | undefined): Fallback {
  // What is told from an overloaded Memorystore must not bring data to its endpoint.
  if (ignoreClusterErrors === true) return mode === 'memorystore' ? 'unknownCommand' : 'always';
  const byName = mode === 'auto' && !saidOutright;
  return ignoreClusterErrors === undefined && byName ? 'unknownCommand' : 'never';
}

function isServerless({ host }: Endpoint): boolean {
  return SERVERLESS_LABEL.test(host);
}

function serversTarget(endpoints: readonly Endpoint[]): ResolvedTarget {
  return { kind: 'servers', endpoints, ...(endpoints.every(isServerless) ? { tls: true } : {}) };
}

function fromUrl(text: string, mode: Mode, ignoreClusterErrors: boolean | undefined): ResolvedTarget {
  const match = URL_TARGET.exec(text);
  if (match === null) {
    throw new InvalidCacheConfigError(
      'target: a URL must be memcached://[user:pass@]host:port[,host:port…] or memcacheds://…',
    );
  }
  const [, scheme, credentials, hosts, path] = match;
  if (path !== undefined && path !== '') {
    throw new InvalidCacheConfigError('target: a memcached:// URL has no path');
  }
  const target = fromString(hosts as string, mode, ignoreClusterErrors);
  return {
    ...target,
    ...(credentials === undefined ? {} : { auth: parseCredentials(credentials) }),
    ...(scheme === 'memcacheds' ? { tls: true } : {}),
  };
}

function parseCredentials(text: string): AuthOptions {
  const colon = text.indexOf(':');
  if (colon < 0)
    throw new InvalidCacheConfigError('target: a URL with a user needs a password: memcached://user:pass@…');
  try {
    return {
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    // Its message would name the text, and with it the password.
    throw new InvalidCacheConfigError('target: the user and password of a URL must be percent-encoded');
  }
}

function fromServers(servers: readonly (string | ServerSpec)[], option: string): ResolvedTarget {
  return serversTarget(parseServers(servers, option));
}

/**
 * At least one server, each once.
 *
 * @param option named in errors.
 * @throws InvalidCacheConfigError
 */
export function parseServers(servers: readonly (string | ServerSpec)[], option: string): Endpoint[] {
  if (!Array.isArray(servers) || servers.length === 0)
    throw new InvalidCacheConfigError(`${option} must name at least one server`);
  const endpoints = servers.map((server) => parseEndpoint(server, option));
  const ids = new Set<string>();
  for (const { id } of endpoints) {
    if (ids.has(id)) throw new InvalidCacheConfigError(`${option} names ${id} twice`);
    ids.add(id);
  }
  return endpoints;
}
