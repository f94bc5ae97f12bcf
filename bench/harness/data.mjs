/** The width of a key's number never changes, so every request and reply of a case has one known length. */
const FIRST = 10_000;

/** @param {number} n */
export const keyOf = (n) => `bench:key:${FIRST + n}`;

/** @param {number} count */
export const keysOf = (count) => Array.from({ length: count }, (_, n) => keyOf(n));

/**
 * An ASCII text of exactly `bytes` bytes, 5 or more, that no other key has, so that one key's value handed to another
 * key's caller is noticed.
 *
 * @param {number} n
 * @param {number} bytes
 */
export const textOf = (n, bytes) =>
  Buffer.alloc(bytes, `${FIRST + n} is the value of ${bytes} bytes; `).toString('latin1');

/**
 * An object of about 1 KB as JSON: a user with numbers, flags, nested lists and text.
 *
 * @param {number} n
 */
export const objectOf = (n) => ({
  id: FIRST + n,
  name: `User ${FIRST + n}`,
  email: `user${FIRST + n}@example.com`,
  active: n % 2 === 0,
  score: 0.5 + n,
  manager: null,
  address: { street: '12 Long Road', city: 'Rotterdam', zip: '3011 AA', country: 'NL' },
  roles: ['reader', 'writer', 'reviewer'],
  logins: Array.from({ length: 8 }, (_, i) => ({
    at: 1_780_000_000 + i * 3600,
    ip: `10.0.${i}.7`,
    ok: true,
  })),
  biography: 'Likes caches that answer quickly and tell the truth about it. '.repeat(6),
});
