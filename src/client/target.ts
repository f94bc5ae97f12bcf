/** Reads what a client is to connect to. */
import { InvalidCacheConfigError } from '../errors.ts';
import { type Endpoint, parseEndpoint, type ServerSpec } from '../node/endpoint.ts';
import type { TopologyFunction } from '../topology/function-feed.ts';
import type { AuthOptions, Target } from './client-options.ts';

export type ResolvedTarget = (
  | { readonly kind: 'servers'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'function'; readonly find: TopologyFunction }
) & {
  /** What a URL says besides: credentials, and TLS by its scheme. */
  readonly auth?: AuthOptions;
  readonly tls?: boolean;
};

/** Its query is read by url-options.ts. */
const URL_TARGET = /^(memcacheds?):\/\/(?:([^@/]*)@)?([^/?#]*)(?:[/#]([^?]*))?(?:\?.*)?$/;
/** `name.id.cfg.region.cache.amazonaws.com`, and private names that follow AWS's rule for them. */
const CFG_LABEL = /(?:^|\.)cfg\./i;

/** @throws InvalidCacheConfigError */
export function resolveTarget(
  target: Target,
  mode: 'auto' | 'elasticache' | 'memorystore' | 'off',
): ResolvedTarget {
  if (typeof target === 'string') return fromString(target, mode);
  if (isList(target)) return fromServers(target, 'servers');
  if (typeof target === 'object' && target !== null) {
    if ('configurationEndpoint' in target) {
      return { kind: 'endpoint', endpoint: parseConfigurationEndpoint(target.configurationEndpoint) };
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

function fromString(text: string, mode: 'auto' | 'elasticache' | 'memorystore' | 'off'): ResolvedTarget {
  if (/^[a-z]+:\/\//i.test(text)) return fromUrl(text, mode);
  const servers = splitList(text);
  const [only] = servers;
  const discovers = mode !== 'off' && (mode !== 'auto' || CFG_LABEL.test(only ?? ''));
  if (servers.length === 1 && only !== undefined && discovers) {
    return { kind: 'endpoint', endpoint: parseConfigurationEndpoint(only, 'target') };
  }
  return fromServers(servers, 'target');
}

function fromUrl(text: string, mode: 'auto' | 'elasticache' | 'memorystore' | 'off'): ResolvedTarget {
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
  const target = fromString(hosts as string, mode);
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
  return { kind: 'servers', endpoints: parseServers(servers, option) };
}

/**
 * At least one server, each once.
 *
 * @param option named in errors.
 * @throws InvalidCacheConfigError
 */
export function parseServers(servers: readonly (string | ServerSpec)[], option: string): Endpoint[] {
  if (servers.length === 0) throw new InvalidCacheConfigError(`${option} must name at least one server`);
  const endpoints = servers.map((server) => parseEndpoint(server, option));
  const ids = new Set<string>();
  for (const { id } of endpoints) {
    if (ids.has(id)) throw new InvalidCacheConfigError(`${option} names ${id} twice`);
    ids.add(id);
  }
  return endpoints;
}
