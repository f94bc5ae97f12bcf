/**
 * The tests run against real memcached and are never skipped: finds the programs they start, and
 * installs what is missing.
 */
import { ensure, onPath } from './install.mjs';

/** Each with its names: libmemcached's tool is `memccapable` on Debian, `memcapable` elsewhere. */
const programs = [['memcached'], ['memccapable', 'memcapable'], ['openssl']];

ensure(
  () => programs.filter((names) => !names.some(onPath)).map((names) => names.join(' or ')),
  {
    'apt-get': 'memcached libmemcached-tools openssl',
    apk: 'memcached libmemcached openssl',
    brew: 'memcached libmemcached openssl',
  },
  "memcached and libmemcached's tools",
);
