/** Which tests here hold what the tests of Django's cache framework hold, or why none can. */
import type { pitfalls } from './names.ts';

/** A test, by file below `test/` and title; a title with no file is a case of the suite for backends. */
export type Holder = readonly [file: string, title: string] | string;

export type Parity = { readonly heldBy: readonly Holder[] } | { readonly meaningless: string };

const held = (...heldBy: readonly Holder[]): Parity => ({ heldBy });
const meaningless = (why: string): Parity => ({ meaningless: why });

const counters = (title: string): Holder => ['cache/contract/counters.ts', title];
const custom = (title: string): Holder => ['cache/custom-backend.test.ts', title];
const dummy = (title: string): Holder => ['cache/dummy.test.ts', title];
const failures = (title: string): Holder => ['cache/failures.test.ts', title];
const getOrSet = (title: string): Holder => ['cache/contract/get-or-set.ts', title];
const keys = (title: string): Holder => ['cache/contract/keys.ts', title];
const many = (title: string): Holder => ['cache/contract/many.ts', title];
const memory = (title: string): Holder => ['cache/memory.test.ts', title];
const ring = (title: string): Holder => ['topology/ring/libmemcached.test.ts', title];
const ttls = (title: string): Holder => ['cache/contract/ttls.ts', title];
const values = (title: string): Holder => ['cache/contract/values.ts', title];
const versions = (title: string): Holder => ['cache/contract/versions.ts', title];
const wire = (title: string): Holder => ['cache/wire.test.ts', title];

const ROUND_TRIP = 'values come back as they were, by whatever they were stored and read';
const MISS = 'a missing key is a miss to every method';
const EXPIRY = 'what has a ttl is a miss when it is over, and what was given another lives by that';
const LASTING = 'null and ttls of any length last';
const AT_ONCE = 'a ttl of 0 or less is expired at once';
const REFUSED = 'a value that cannot be stored is refused, and nothing is changed';

const wrongKeys = held(keys('%s refuses wrong keys'), dummy('keys are checked all the same'));
const defaultTtl = held(ttls('the ttl of what is given none is %s'));
const options = held([
  'cache/config.test.ts',
  'longKeys and unsafeKeys allow keys that are refused otherwise',
]);
const oneCall = held(custom('a call of the cache is one call of the backend'));
const models = meaningless(
  'Values are data: reading or writing one runs nothing of the program that stored it',
);
const threads = meaningless('A process has one thread, and a client serves all callers of it');
const middleware = meaningless('Of the middleware, whose counterpart is memfleet/http');
const noBackend = meaningless('There is no such backend');
const fragments = meaningless(
  'There are no template tags; docs/coming-from-django.md makes the key, and runs these vectors',
);

export const parity: Readonly<Record<string, Readonly<Record<string, Parity>>>> = {
  BaseCacheTests: {
    test_simple: held(ROUND_TRIP),
    test_default_used_when_none_is_set: held(values('a stored null is returned instead of the default')),
    test_add: held('add stores where there is nothing, and nowhere else'),
    test_prefix: held(keys('a prefix keeps caches on one store apart')),
    test_non_existent: held(values('what is missing is undefined, or the default')),
    test_get_many: held(
      many('getMany gives what is found, in the order asked'),
      many('keys may come from an iterator that runs once'),
      'a stored null is a value, and no miss',
    ),
    test_delete: held('delete tells whether there was something, and leaves other keys'),
    test_delete_nonexistent: held(MISS),
    test_has_key: held(
      values('has tells of a value that never expires too'),
      values('a stored null is returned instead of the default'),
    ),
    test_in: meaningless('The operator cannot be overloaded, and would have to wait: has() is the word'),
    test_incr: held(
      counters('incr and decr step, also by what is negative'),
      counters('a missing counter is a miss, or is made of the initial value'),
      counters('what is no counter is refused and left'),
    ),
    test_decr: held(
      counters('incr and decr step, also by what is negative'),
      counters('a missing counter is a miss, or is made of the initial value'),
    ),
    test_close: held(keys('close may be called twice; clear and empty calls reject after it')),
    test_data_types: held(ROUND_TRIP, values('%s is refused and leaves what is stored')),
    test_cache_read_for_model_instance: models,
    test_cache_write_for_model_instance_with_deferred: models,
    test_cache_read_for_model_instance_with_deferred: models,
    test_expiration: held(EXPIRY, [
      'cache/expiry.test.ts',
      'what has a ttl of a second goes, however it came by it; what has none stays',
    ]),
    test_touch: held(EXPIRY, MISS, ttls('the ttl of what is given none is %s')),
    test_unicode: held(ROUND_TRIP, keys('keys beyond ASCII, and as long as allowed')),
    test_binary_string: held(values('%s round-trips through set, add and setMany')),
    test_set_many: held(ROUND_TRIP),
    test_set_many_returns_empty_list_on_success: held('what is stored is told as stored'),
    test_set_many_expiration: held(ttls('%s are a ttl to every write')),
    test_set_many_empty_data: held(
      many('nothing asked is nothing done'),
      custom('nothing asked is no call of the backend'),
    ),
    test_delete_many: held('deleteMany deletes those named, and counts those that were there'),
    test_delete_many_no_keys: held(many('nothing asked is nothing done')),
    test_clear: held('clear empties the store, and it can be filled again'),
    test_long_timeout: held(LASTING),
    test_forever_timeout: held(LASTING, EXPIRY, 'add stores where there is nothing, and nowhere else'),
    test_zero_timeout: held(AT_ONCE),
    test_float_timeout: held(LASTING),
    test_cull: held(memory('the store is kept full: one goes for one that comes')),
    test_zero_cull: meaningless(
      'Nothing is culled in bulk: what was used least recently goes, one at a time',
    ),
    test_cull_delete_when_store_empty: held(memory('a store of one entry has the last')),
    test_invalid_key_characters: wrongKeys,
    test_invalid_key_length: wrongKeys,
    test_invalid_with_version_key_length: held(
      keys('a key that the key function makes too long or empty is refused'),
    ),
    test_cache_versioning_get_set: held(
      versions('versions are apart; the version of the cache and one given agree'),
    ),
    test_cache_versioning_add: held(versions('each write takes a version')),
    test_cache_versioning_has_key: held(
      versions('versions are apart; the version of the cache and one given agree'),
    ),
    test_cache_versioning_delete: held(versions('each write takes a version')),
    test_cache_versioning_incr_decr: held(versions('each write takes a version')),
    test_cache_versioning_get_set_many: held(versions('calls of many keys take a version')),
    test_incr_version: held(
      versions('incrVersion and decrVersion move the value'),
      versions('a stored null moves, and a move by nothing leaves the value'),
      versions('a missing key has no version'),
    ),
    test_decr_version: held(
      versions('incrVersion and decrVersion move the value'),
      versions('a missing key has no version'),
    ),
    test_custom_key_func: held(keys('caches with other key functions do not see each other; alike ones do')),
    test_cache_write_unpicklable_object: middleware,
    test_add_fail_on_pickleerror: held(REFUSED, values('%s is refused and leaves what is stored')),
    test_set_fail_on_pickleerror: held(REFUSED, values('%s is refused and leaves what is stored')),
    test_get_or_set: held(
      getOrSet('stores and returns a value, or what a factory makes'),
      getOrSet('null is stored, and stored null is a hit'),
    ),
    test_get_or_set_callable: held(
      getOrSet('stores and returns a value, or what a factory makes'),
      getOrSet('null is stored, and stored null is a hit'),
    ),
    test_get_or_set_version: held(
      versions('each write takes a version'),
      getOrSet('undefined is returned and not stored'),
    ),
    test_get_or_set_racing: held(
      getOrSet('the value of a writer that comes between wins, also null'),
      getOrSet('where the other value is gone again, the own one is returned'),
    ),
    test_get_many_async_uses_specialized_implementation: oneCall,
    test_set_many_async_uses_specialized_implementation: oneCall,
    test_delete_many_async_uses_specialized_implementation: oneCall,
    test_get_or_set_async_uses_specialized_implementation: oneCall,
    test_has_key_async_uses_specialized_implementation: oneCall,
    test_incr_async_uses_specialized_implementation: oneCall,
    test_incr_version_async_uses_specialized_implementation: oneCall,
    test_close_async_uses_specialized_implementation: held(custom('it is closed once by each cache')),
  },
  BaseMemcachedTests: {
    _perform_invalid_key_test: wrongKeys,
    test_location_multiple_servers: held([
      'cache/config.test.ts',
      'may be %s, and each of its servers gets keys',
    ]),
    test_invalid_with_version_key_length: wrongKeys,
    test_default_never_expiring_timeout: defaultTtl,
    test_default_far_future_timeout: defaultTtl,
    test_memcached_deletes_key_on_failed_set: held(failures('%s leaves no old one')),
    test_close: meaningless('A request ends without the connections, which all requests share'),
    test_set_many_returns_failing_keys: held(
      failures('fails its own keys in setMany, named as given, and no others'),
    ),
  },
  PyLibMCCacheTests: {
    test_pylibmc_options: options,
    test_pylibmc_client_servers: held(['node/endpoint.test.ts', '%o']),
  },
  PyMemcacheCacheTests: {
    test_pymemcache_highest_pickle_version: meaningless('There is no pickle whose protocol could be chosen'),
    test_pymemcache_options: options,
  },
  LocMemCacheTests: {
    test_multiple_caches: held(memory('caches of one location share a store; others do not')),
    test_locking_on_pickle: threads,
    test_incr_decr_timeout: held(memory('incr and incrVersion keep the ttl')),
    test_lru_get: held(memory('past maxEntries the least recently used goes: get, set, incr and touch use')),
    test_lru_set: held(memory('past maxEntries the least recently used goes: get, set, incr and touch use')),
    test_lru_incr: held(memory('past maxEntries the least recently used goes: get, set, incr and touch use')),
  },
  DummyCacheTests: {
    test_simple: held(dummy('%s is taken, and not kept')),
    test_add: held(dummy('add stores each time, and there is nothing')),
    test_non_existent: held(dummy('%s is taken, and not kept')),
    test_get_many: held(dummy('%s is taken, and not kept')),
    test_get_many_invalid_key: held(dummy('keys are checked all the same')),
    test_delete: held(dummy('there is nothing to touch, delete or move')),
    test_has_key: held(dummy('%s is taken, and not kept')),
    test_in: meaningless('The operator cannot be overloaded, and would have to wait: has() is the word'),
    test_incr: held(dummy('a counter is missing, or begins anew each time')),
    test_decr: held(dummy('a counter is missing, or begins anew each time')),
    test_touch: held(dummy('there is nothing to touch, delete or move')),
    test_data_types: held(dummy('%s is taken, and not kept'), dummy('so are values')),
    test_expiration: held(dummy('%s is taken, and not kept')),
    test_unicode: held(dummy('%s is taken, and not kept')),
    test_set_many: held(dummy('%s is taken, and not kept')),
    test_set_many_invalid_key: held(dummy('keys are checked all the same')),
    test_delete_many: held(dummy('there is nothing to touch, delete or move')),
    test_delete_many_invalid_key: held(dummy('keys are checked all the same')),
    test_clear: held(dummy('there is nothing to touch, delete or move')),
    test_incr_version: held(dummy('there is nothing to touch, delete or move')),
    test_decr_version: held(dummy('there is nothing to touch, delete or move')),
    test_get_or_set: held(dummy('getOrSet calls the factory each time')),
    test_get_or_set_callable: held(dummy('getOrSet calls the factory each time')),
  },
  AsyncDummyCacheTests: {
    'all, which mirror those of DummyCacheTests': meaningless('Every method is asynchronous'),
  },
  DefaultNonExpiringCacheKeyTests: {
    test_default_expiration_time_for_keys_is_5_minutes: held(
      ttls('the ttl of what is given none is %s'),
      memory('the default is 300 seconds'),
    ),
    test_caches_with_unset_timeout_has_correct_default_timeout: defaultTtl,
    test_caches_set_with_timeout_as_none_has_correct_default_timeout: defaultTtl,
    test_caches_with_unset_timeout_set_expiring_key: defaultTtl,
    test_caches_set_with_timeout_as_none_set_non_expiring_key: defaultTtl,
  },
  CacheHandlerTest: {
    test_same_instance: held([
      'cache/caches.test.ts',
      'a cache is made when first asked for, and is the same after',
    ]),
    test_per_thread: threads,
    test_nonexistent_alias: held(['cache/caches.test.ts', 'the alias %s is not configured']),
    test_nonexistent_backend: held(['cache/config.test.ts', '%s']),
    test_all: held(['cache/caches.test.ts', 'all makes those that were not asked for']),
  },
  CacheClosingTests: {
    test_close: meaningless('A request ends without the connections, which all requests share'),
    test_close_only_initialized: held([
      'cache/caches.test.ts',
      'close closes what was made, and makes nothing more',
    ]),
  },
  CustomCacheKeyValidationTests: {
    test_custom_key_validation: held(custom('its own check of keys replaces the one of memcached')),
  },
  TestMakeTemplateFragmentKey: {
    test_without_vary_on: fragments,
    test_with_one_vary_on: fragments,
    test_with_many_vary_on: fragments,
    test_proper_escaping: fragments,
    test_with_ints_vary_on: fragments,
    test_with_unicode_vary_on: fragments,
    test_long_vary_on: fragments,
  },
  RedisCacheTests: { 'all 9': noBackend },
  FileBasedCacheTests: { 'all 9': noBackend },
  DBCacheTests: { 'all 13': noBackend },
  CacheUtils: { 'all 10': middleware },
  CacheHEADTest: { 'all 2': middleware },
  CacheI18nTest: { 'all 6': middleware },
  CacheMiddlewareTest: { 'all 17': middleware },
};

export const pitfallParity: Readonly<Record<(typeof pitfalls)[number], Parity>> = {
  'counters end in spaces after decr': held(
    counters('a number that gets shorter is read without the spaces that fill its place'),
    wire('keeps its client flags, and spaces fill the place of a digit that is gone'),
  ),
  'the binary protocol cannot say "expired"': held(AT_ONCE),
  'an expiry after 2038 is no expiry but the past': held(LASTING),
  'keys are limited in bytes': held(
    keys('%s refuses wrong keys'),
    'keys of up to 250 bytes, of any characters but spaces and controls, are apart',
  ),
  'True is 1 to pylibmc': held(wire('is %s'), ROUND_TRIP),
  'integers have client flags 4 or 2, and keep them on incr': held(
    wire('keeps its client flags, and spaces fill the place of a digit that is gone'),
  ),
  'PyMemcacheCache does not read what is compressed': held(wire('is %s')),
  "pylibmc's ketama is not MD5": held(ring('by %s')),
  'weights are computed in 32 bit floats': held(
    ring('of weights %j'),
    ring('of %i equal nodes: float rounding leaves 156 points each'),
  ),
  'keys beyond ASCII are hashed as signed characters': held(
    ring('where char is unsigned, keys outside ASCII have others, and only of some'),
    ring('places %s'),
  ),
  'the spelling of a host is part of the ring': held(
    ['topology/ring/ring.test.ts', '%s takes the names of nodes as they are spelt'],
    ring('by %s'),
  ),
  'incr_version and the base incr lose the ttl': held(ttls('incr and incrVersion keep the ttl'), EXPIRY),
  'clear() flushes other tenants': held(
    values('clear removes everything'),
    wire('takes what others stored too'),
  ),
  'get_multi hides dead servers': held(
    failures('rejects every verb: a failure is no miss'),
    failures('fails its own keys in setMany, named as given, and no others'),
  ),
  'whoever can write to memcached can feed pickle to its readers': held(
    failures('rejects, and does not stop getOrSet, which leaves it'),
  ),
};
