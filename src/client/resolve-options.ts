/** Checks options and fills in defaults, once: nothing below does either. */
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Codec } from '../codec/codec.ts';
import { MAX_TIMER_MS } from '../common/max-timer.ts';
import type { Credentials, Dialect } from '../connection/handshake.ts';
import { InvalidCacheConfigError } from '../errors.ts';
import type { NodeOptions } from '../node/node-options.ts';
import { toByteString } from '../protocol/key.ts';
import { DEFAULT_MAX_VALUE_BYTES, MAX_ANNOUNCED_BYTES } from '../protocol/limits.ts';
import { RING_NAMES, type RingName, ringByName } from '../topology/ring/by-name.ts';
import { ownRing } from '../topology/ring/own-ring.ts';
import type { HashRing } from '../topology/ring/ring.ts';
import type { AuthOptions, ClientOptions, DiscoveryOptionsInput, Target } from './client-options.ts';
import type { KeyEncoderOptions } from './key-encoder.ts';
import { integer, oneOf, rejectUnknown } from './option-checks.ts';
import { isPacked } from './packed.ts';
import { type ResolvedFailover, resolveFailover } from './resolve-failover.ts';
import { type ResolvedValues, resolveValues } from './resolve-values.ts';
import { type ResolvedTarget, resolveTarget } from './target.ts';
import { withUrlOptions } from './url-options.ts';

/** What becomes of an endpoint that gives no configuration is decided with the target. */
type ResolvedDiscovery = Required<Omit<DiscoveryOptionsInput, 'ignoreClusterErrors'>>;

export interface ResolvedOptions extends ResolvedValues {
  readonly target: ResolvedTarget;
  readonly discovery: ResolvedDiscovery;
  readonly ring: HashRing;
  readonly ringKey: 'hostname' | 'ip';
  readonly node: NodeOptions;
  readonly failover: ResolvedFailover;
  readonly keys: KeyEncoderOptions;
  readonly onError: 'throw' | 'miss';
  readonly onDecodeError: 'throw' | 'miss';
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof ClientOptions>([
  'discovery',
  'hashing',
  'ringKey',
  'protocol',
  'connectionsPerNode',
  'connectTimeoutMs',
  'requestTimeoutMs',
  'maxInFlight',
  'maxQueuedBytes',
  'tls',
  'auth',
  'failover',
  'onError',
  'onDecodeError',
  'codec',
  'compression',
  'keyPrefix',
  'longKeys',
  'unsafeKeys',
  'maxValueBytes',
  'largeValues',
  'lookup',
]);
const DISCOVERY_NAMES: ReadonlySet<string> = new Set<keyof DiscoveryOptionsInput>([
  'mode',
  'intervalMs',
  'timeoutMs',
  'startup',
  'connectTo',
  'ignoreClusterErrors',
]);
/** Options of `tls.connect` that would send every node's connections elsewhere. */
const TARGET_NAMES: readonly (keyof TlsOptions)[] = ['host', 'port', 'path', 'socket'];

/** @throws InvalidCacheConfigError naming the option and what it should be. */
export function resolveOptions(target: Target, given: ClientOptions): ResolvedOptions {
  rejectUnknown(given, OPTION_NAMES, '');
  const options = withUrlOptions(target, given);
  const discovery = resolveDiscovery(options.discovery ?? {});
  const resolved = resolveTarget(target, discovery.mode, options.discovery?.ignoreClusterErrors);
  const maxValueBytes = integer(
    'maxValueBytes',
    options.maxValueBytes,
    1,
    MAX_ANNOUNCED_BYTES,
    DEFAULT_MAX_VALUE_BYTES,
  );
  const keyPrefix = resolveKeyPrefix(options.keyPrefix);
  const values = resolveValues(options, maxValueBytes);
  return {
    ...values,
    target: resolved,
    discovery,
    ring: resolveRing(options.hashing),
    ringKey: oneOf('ringKey', options.ringKey, ['hostname', 'ip'], 'hostname'),
    node: resolveNode(options, resolved, discovery, maxValueBytes, values.codec),
    failover: resolveFailover(options.failover, resolved),
    keys: {
      keyPrefix,
      longKeys: oneOf('longKeys', options.longKeys, ['throw', 'hash'], 'throw'),
      unsafeKeys: oneOf('unsafeKeys', options.unsafeKeys, ['throw', 'base64'], 'throw'),
    },
    onError: oneOf('onError', options.onError, ['throw', 'miss'], 'throw'),
    onDecodeError: oneOf('onDecodeError', options.onDecodeError, ['throw', 'miss'], 'throw'),
  };
}

function resolveNode(
  options: ClientOptions,
  target: ResolvedTarget,
  discovery: ResolvedDiscovery,
  maxValueBytes: number,
  codec: Codec,
): NodeOptions {
  const { lookup } = options;
  if (lookup !== undefined && typeof lookup !== 'function') {
    throw new InvalidCacheConfigError('lookup must be a function like dns.lookup');
  }
  const tls = resolveTls(options.tls ?? target.tls ?? false);
  const { credentials, dialect } = resolveDialect(options.protocol, options.auth ?? target.auth);
  return {
    dialect,
    connectionsPerNode: integer('connectionsPerNode', options.connectionsPerNode, 1, 1024, 1),
    connectTimeoutMs: integer('connectTimeoutMs', options.connectTimeoutMs, 1, MAX_TIMER_MS, 1_000),
    requestTimeoutMs: integer('requestTimeoutMs', options.requestTimeoutMs, 1, MAX_TIMER_MS, 1_000),
    maxInFlight: integer('maxInFlight', options.maxInFlight, 1, 2 ** 30, 131_072),
    maxQueuedBytes: integer('maxQueuedBytes', options.maxQueuedBytes, 1, Number.MAX_SAFE_INTEGER, 67_108_864),
    maxValueBytes,
    tls,
    credentials,
    lookup,
    // Another thread decompresses what is in it.
    keepsBuffer: (flags) =>
      isPacked(flags) || codec.decodeSlice === undefined || (codec.keepsBuffer?.(flags) ?? true),
    connectTo: resolveConnectTo(discovery, tls, dialect),
    isKin: undefined,
  };
}

/** Keeps the object that was given: it is read anew for each connection. */
function resolveTls(tls: boolean | TlsOptions): TlsOptions | undefined {
  if (typeof tls === 'boolean') return tls ? {} : undefined;
  if (typeof tls !== 'object' || tls === null) {
    throw new InvalidCacheConfigError('tls must be true, false or options of tls.connect');
  }
  for (const name of TARGET_NAMES) {
    if (name in tls)
      throw new InvalidCacheConfigError(`tls.${name} is not taken: the target says what to dial`);
  }
  try {
    process.getBuiltinModule('node:tls').createSecureContext(tls);
  } catch (cause) {
    throw new InvalidCacheConfigError(`tls cannot be used: ${(cause as Error).message}`, { cause });
  }
  return tls;
}

function resolveConnectTo(
  discovery: ResolvedDiscovery,
  tls: TlsOptions | undefined,
  dialect: Dialect,
): 'hostname' | 'ip' {
  // A certificate names the host, and an address may be given to another node tomorrow.
  if (tls !== undefined) return 'hostname';
  // Memorystore's nodes have no names.
  if (discovery.mode === 'memorystore') return 'ip';
  // Whose an address is cannot be asked in the binary dialect.
  return dialect === 'binary' ? 'hostname' : discovery.connectTo;
}

function resolveDiscovery(options: DiscoveryOptionsInput): ResolvedDiscovery {
  rejectUnknown(options, DISCOVERY_NAMES, 'discovery.');
  const { ignoreClusterErrors } = options;
  if (ignoreClusterErrors !== undefined && typeof ignoreClusterErrors !== 'boolean') {
    throw new InvalidCacheConfigError('discovery.ignoreClusterErrors must be true or false');
  }
  return {
    mode: oneOf('discovery.mode', options.mode, ['auto', 'elasticache', 'memorystore', 'off'], 'auto'),
    intervalMs: integer('discovery.intervalMs', options.intervalMs, 1_000, MAX_TIMER_MS, 60_000),
    timeoutMs: integer('discovery.timeoutMs', options.timeoutMs, 1, MAX_TIMER_MS, 2_000),
    startup: oneOf('discovery.startup', options.startup, ['lazy', 'fail'], 'lazy'),
    connectTo: oneOf('discovery.connectTo', options.connectTo, ['hostname', 'ip'], 'hostname'),
  };
}

function resolveRing(hashing: RingName | HashRing = 'ketama'): HashRing {
  if (typeof hashing === 'function') return ownRing(hashing);
  return ringByName(oneOf('hashing', hashing, RING_NAMES, 'ketama'));
}

function resolveDialect(
  protocol: ClientOptions['protocol'],
  auth: AuthOptions | undefined,
): Pick<NodeOptions, 'dialect' | 'credentials'> {
  const dialect = oneOf('protocol', protocol, ['auto', 'meta', 'classic', 'binary'], 'auto');
  if (auth === undefined) return { dialect, credentials: undefined };
  const fallback = dialect === 'binary' ? 'plain' : 'ascii';
  const mechanism = oneOf('auth.mechanism', auth.mechanism, ['ascii', 'plain'], fallback);
  if (mechanism === 'ascii' && dialect === 'binary') {
    throw new InvalidCacheConfigError(
      "protocol: 'binary' knows no auth.mechanism: 'ascii': make it 'plain', or leave protocol out",
    );
  }
  if (mechanism === 'plain' && (dialect === 'meta' || dialect === 'classic')) {
    throw new InvalidCacheConfigError(
      `auth.mechanism: 'plain' needs protocol: 'binary', not '${dialect}': leave protocol out, or make the mechanism 'ascii'`,
    );
  }
  return { dialect: mechanism === 'plain' ? 'binary' : dialect, credentials: resolveAuth(auth, mechanism) };
}

function resolveAuth({ password, username }: AuthOptions, mechanism: 'ascii' | 'plain'): Credentials {
  for (const [name, value] of Object.entries({ username, password })) {
    if (typeof value !== 'string' || value === '' || /[\0\r\n]/.test(value)) {
      throw new InvalidCacheConfigError(`auth.${name} must be a string of one line that is not empty`);
    }
    // The wire has "<username> <password>", which memcached splits into words.
    if (mechanism === 'ascii' && value.includes(' '))
      throw new InvalidCacheConfigError(`auth.${name} must hold no space`);
  }
  return { username: toByteString(username), password: toByteString(password) };
}

function resolveKeyPrefix(keyPrefix = ''): string {
  if (typeof keyPrefix !== 'string' || !keyPrefix.isWellFormed()) {
    throw new InvalidCacheConfigError('keyPrefix must be a string with a UTF-8 form');
  }
  return keyPrefix;
}
