import { checkKey, encodeBinaryKey, encodeKey, isSafeKey, keyBytes, toByteString } from '../protocol/key.ts';
import { MAX_KEY_BYTES } from '../protocol/limits.ts';

export type Key = string | Uint8Array;

/** A key as it is sent, and as it is placed on the ring. */
export interface WireKey {
  readonly text: string;
  readonly base64: boolean;
  /** The key's own bytes as a byte string: what the ring hashes. */
  readonly routed: string;
}

/** Many keys as they are sent, side by side: an object a key is seen in `bench` multi-get. */
export interface WireKeys {
  readonly texts: readonly string[];
  readonly routed: readonly string[];
  /** Which of them are sent base64 encoded; undefined where none can be. */
  readonly base64: readonly boolean[] | undefined;
}

export interface KeyEncoderOptions {
  readonly keyPrefix: string;
  /** `'hash'`: a key over 250 bytes is replaced by a SHA-256 of it. */
  readonly longKeys: 'throw' | 'hash';
  /** `'base64'`: a key with bytes memcached cannot carry is sent all the same, which the classic dialect cannot. */
  readonly unsafeKeys: 'throw' | 'base64';
}

/** Marks a hashed key, so that it can be told from one that a caller made: those that look alike are hashed too. */
const HASH_PREFIX = 'sha256:';
const HASHED = /^sha256:[\da-f]{64}$/;

/** Set apart from what a caller would call a key. */
const LEASE_SUFFIX = '!lease';

export class KeyEncoder {
  readonly #prefix: string;
  readonly #longKeys: 'throw' | 'hash';
  readonly #unsafeKeys: 'throw' | 'base64';
  /** No option changes the key: the ordinary case, checked once. */
  readonly #plain: boolean;

  constructor(options: KeyEncoderOptions) {
    this.#prefix = toByteString(options.keyPrefix);
    this.#longKeys = options.longKeys;
    this.#unsafeKeys = options.unsafeKeys;
    this.#plain = this.#prefix === '' && this.#longKeys === 'throw' && this.#unsafeKeys === 'throw';
  }

  /** @throws InvalidKeyError */
  encode(key: Key): WireKey {
    return this.#plain ? textKey(encodeKey(key)) : this.#encodeByOptions(key);
  }

  /** @throws InvalidKeyError */
  encodeMany(keys: readonly Key[]): WireKeys {
    if (this.#plain) {
      const texts = keys.map(encodeKey);
      return { texts, routed: texts, base64: undefined };
    }
    const wire = keys.map((key) => this.#encodeByOptions(key));
    return {
      texts: wire.map(({ text }) => text),
      routed: wire.map(({ routed }) => routed),
      base64: wire.map(({ base64 }) => base64),
    };
  }

  /** The key of the lease on another: on the same node, and readable where it fits. */
  encodeLease(key: Key): WireKey {
    const { base64, routed, text } = this.encode(key);
    const fits = !base64 && text.length + LEASE_SUFFIX.length <= MAX_KEY_BYTES;
    return { text: (fits ? text : this.#hash(routed)) + LEASE_SUFFIX, base64: false, routed };
  }

  #encodeByOptions(key: Key): WireKey {
    const bytes = keyBytes(key);
    let text = this.#prefix + bytes;
    if (this.#longKeys === 'hash' && (this.#wireLength(text) > MAX_KEY_BYTES || HASHED.test(bytes)))
      text = this.#hash(text);
    if (this.#unsafeKeys === 'base64' && !isSafeKey(text)) {
      return { text: encodeBinaryKey(text, key), base64: true, routed: text };
    }
    return textKey(checkKey(text, key));
  }

  /** Base64 makes four bytes of three. */
  #wireLength(text: string): number {
    const encoded = this.#unsafeKeys === 'base64' && !isSafeKey(text) && text.length <= MAX_KEY_BYTES;
    return encoded ? Math.ceil(text.length / 3) * 4 : text.length;
  }

  /** The prefix stays readable, so that a prefix still tells whose key it is. */
  #hash(text: string): string {
    // Loaded when first needed (`bench` cold start).
    const { createHash } = process.getBuiltinModule('node:crypto');
    const digest = createHash('sha256').update(text, 'latin1').digest('hex');
    return `${this.#prefix}${HASH_PREFIX}${digest}`;
  }
}

function textKey(text: string): WireKey {
  return { text, base64: false, routed: text };
}
