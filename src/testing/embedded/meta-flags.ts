import { parseInt32, parseUint32, parseUint64 } from './decimal.ts';
import { decodeKey } from './meta-key.ts';

/** The meta flags of one command line, read. Flags that only ask for a reply token are in `tokens` alone. */
export interface MetaFlags {
  key: string;
  /** `b`: the key came as base64. */
  binaryKey: boolean;
  /** `q`: no reply to what is nominal. */
  quiet: boolean;
  /** `v`: return the value. */
  value: boolean;
  /** `u`: do not count as a use. */
  noUpdate: boolean;
  /** `I`: `md` marks stale instead of deleting, `ms` accepts an older CAS unique. */
  invalidate: boolean;
  /** `N`: exptime of an item to be created on a miss. */
  vivify: number | undefined;
  /** `T`: exptime as sent. */
  ttl: number | undefined;
  /** `R`: recache below this remaining time. */
  recache: number | undefined;
  clientFlags: number;
  cas: bigint | undefined;
  /** The letter after `M`. */
  mode: string | undefined;
  delta: bigint;
  initial: bigint;
  /** The flag tokens in the order sent, which replies follow. */
  readonly tokens: readonly string[];
}

export type ParsedFlags = MetaFlags | { readonly error: string };

const BAD_TOKEN = 'CLIENT_ERROR bad token in command line format';

/** Flags with nothing to read: they ask for a reply token, or are hints to proxies. */
const PLAIN_FLAGS = 'OPLlkstcfh';

/** Reads the flags. As in memcached, the first unknown or repeated one ends it, else the last error counts. */
export function parseMetaFlags(key: string, tokens: readonly string[]): ParsedFlags {
  const flags: MetaFlags = {
    key,
    binaryKey: false,
    quiet: false,
    value: false,
    noUpdate: false,
    invalidate: false,
    vivify: undefined,
    ttl: undefined,
    recache: undefined,
    clientFlags: 0,
    cas: undefined,
    mode: undefined,
    delta: 1n,
    initial: 0n,
    tokens,
  };
  const seen = new Set<string>();
  let error: string | undefined;
  let failed = false;
  for (const token of tokens) {
    const letter = token.charAt(0);
    if (letter >= '\x7f' || seen.has(letter)) return { error: 'CLIENT_ERROR duplicate flag' };
    seen.add(letter);
    if (PLAIN_FLAGS.includes(letter)) continue;
    const reader = READERS[letter];
    if (reader === undefined) return { error: 'CLIENT_ERROR invalid flag' };
    const problem = reader(flags, token.slice(1));
    if (problem === undefined) continue;
    failed = true;
    // A bad F has no text of its own, so that of an earlier flag stays.
    if (problem !== '') error = problem;
  }
  return failed ? { error: error ?? 'CLIENT_ERROR bad command line format' } : flags;
}

/** Sets what the flag says; returns the error to answer with where it cannot be read. */
type FlagReader = (flags: MetaFlags, text: string) => string | undefined;

const READERS: Readonly<Record<string, FlagReader>> = {
  b: (flags) => {
    const decoded = decodeKey(flags.key);
    flags.binaryKey = true;
    flags.key = decoded ?? '';
    return decoded === undefined ? 'CLIENT_ERROR error decoding key' : undefined;
  },
  q: (flags) => {
    flags.quiet = true;
    return undefined;
  },
  v: (flags) => {
    flags.value = true;
    return undefined;
  },
  u: (flags) => {
    flags.noUpdate = true;
    return undefined;
  },
  I: (flags) => {
    flags.invalidate = true;
    return undefined;
  },
  N: (flags, text) => {
    flags.vivify = parseInt32(text);
    return flags.vivify === undefined ? BAD_TOKEN : undefined;
  },
  T: (flags, text) => {
    flags.ttl = parseInt32(text);
    return flags.ttl === undefined ? BAD_TOKEN : undefined;
  },
  R: (flags, text) => {
    flags.recache = parseInt32(text);
    return flags.recache === undefined ? BAD_TOKEN : undefined;
  },
  F: (flags, text) => {
    const clientFlags = parseUint32(text);
    flags.clientFlags = clientFlags ?? 0;
    return clientFlags === undefined ? '' : undefined;
  },
  C: (flags, text) => {
    flags.cas = parseUint64(text);
    return flags.cas === undefined ? BAD_TOKEN : undefined;
  },
  M: (flags, text) => {
    flags.mode = text;
    return text.length === 1 ? undefined : 'CLIENT_ERROR incorrect length for M token';
  },
  J: (flags, text) => {
    const initial = parseUint64(text);
    flags.initial = initial ?? 0n;
    return initial === undefined ? 'CLIENT_ERROR invalid numeric initial value' : undefined;
  },
  D: (flags, text) => {
    const delta = parseUint64(text);
    flags.delta = delta ?? 0n;
    return delta === undefined ? 'CLIENT_ERROR invalid numeric delta value' : undefined;
  },
};
