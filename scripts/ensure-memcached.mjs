/**
 * The tests run against real memcached and are never skipped: finds the programs they start, and
 * installs what is missing.
 */
import { ensure, onPath } from './install.mjs';

/** Each with its names: libmemcached's tool is `memccapable` on Debian, `memcapable` elsewhere. */
const programs = [['memcached'], ['memccapable', 'memcapable'], ['openssl'], ['saslpasswd2']];

ensure(
  () => programs.filter((names) => !names.some(onPath)).map((names) => names.join(' or ')),
  {
    'apt-get': 'memcached libmemcached-tools openssl sasl2-bin libsasl2-modules libsasl2-modules-db',
    apk: 'memcached libmemcached openssl cyrus-sasl',
    brew: 'memcached libmemcached openssl cyrus-sasl',
  },
  "memcached, libmemcached's tools, and Cyrus SASL's",
);
