/**
 * Keys as they travel: *byte strings*, in which each character is one byte (latin1). All request
 * text is made of byte strings, so that a whole tick of commands can be written in one latin1 write.
 */
import { InvalidKeyError } from '../errors.ts';
import { MAX_KEY_BYTES } from './limits.ts';

/** What memcached cannot carry in a text key: control characters, space, and DEL. */
const UNSAFE = /[\0-\x20\x7f]/;
/** The ordinary key: one test of it instead of three (`bench` get at 1,024 callers). */
const PLAIN = /^[!-~]+$/;
const NON_ASCII = /[\u0080-\uffff]/;

/** The UTF-8 bytes of a string, or the bytes given, as a byte string. */
export function toByteString(value: string | Uint8Array): string {
  if (typeof value === 'string') {
    return NON_ASCII.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
  }
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

/** The key's own bytes, which are what the meta dialect's base64 stands for: all dialects find the same item. */
export function rawKey({ base64, key }: { readonly base64: boolean; readonly key: string }): string {
  return base64 ? Buffer.from(key, 'base64').toString('latin1') : key;
}

/**
 * A key's bytes as a byte string, whatever they are.
 *
 * @throws InvalidKeyError where it is neither a string with a UTF-8 form nor bytes.
 */
export function keyBytes(key: string | Uint8Array): string {
  if (typeof key === 'string') {
    // An unpaired surrogate has no UTF-8 form: an encoder writes U+FFFD for each, and two keys become one.
    if (NON_ASCII.test(key) && !key.isWellFormed()) {
      throw new InvalidKeyError('Key holds an unpaired surrogate, which has no UTF-8 form', { key });
    }
  } else if (!(key instanceof Uint8Array)) {
    throw new InvalidKeyError(
      `Key must be a string or a Uint8Array, not ${key === null ? 'null' : typeof key}`,
    );
  }
  return toByteString(key);
}

/**
 * Checks a key and gives its byte string: 1 to 250 **bytes** of UTF-8, without control characters,
 * spaces or DEL.
 *
 * @throws InvalidKeyError saying which rule is broken; the key itself only on the error's `key`.
 */
export function encodeKey(key: string | Uint8Array): string {
  if (typeof key === 'string' && key.length <= MAX_KEY_BYTES && PLAIN.test(key)) return key;
  return checkKey(keyBytes(key), key);
}

/**
 * Checks the byte string of a key, as {@link encodeKey} does.
 *
 * @param key the key as the caller gave it, for the error.
 */
export function checkKey(text: string, key: string | Uint8Array): string {
  if (text.length === 0 || text.length > MAX_KEY_BYTES) throw badLength(text.length, key);
  if (UNSAFE.test(text)) {
    throw new InvalidKeyError('Key holds a space or control character, which memcached cannot carry', {
      key,
    });
  }
  return text;
}

/**
 * A byte string of any bytes, base64 encoded for the meta protocol's `b` flag.
 *
 * @param key the key as the caller gave it, for the error.
 * @throws InvalidKeyError where it is empty or its base64 form is longer than 250 bytes.
 */
export function encodeBinaryKey(bytes: string, key: string | Uint8Array): string {
  const text = Buffer.from(bytes, 'latin1').toString('base64');
  if (text.length === 0 || text.length > MAX_KEY_BYTES) throw badLength(text.length, key);
  return text;
}

/** True where the byte string can be sent as it is. */
export function isSafeKey(text: string): boolean {
  return text.length > 0 && text.length <= MAX_KEY_BYTES && !UNSAFE.test(text);
}

function badLength(length: number, key: string | Uint8Array): InvalidKeyError {
  return length === 0
    ? new InvalidKeyError('Key is empty', { key })
    : new InvalidKeyError(`Key is ${length} bytes on the wire; memcached allows ${MAX_KEY_BYTES}`, { key });
}
