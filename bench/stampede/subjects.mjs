/**
 * @typedef {{ host: string, port: number, options: object }} Target
 *
 * @typedef {object} Session One cache in one process.
 * @property {(key: string, factory: () => Promise<unknown>, waitMs: number) => Promise<unknown>} getOrSet
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {'memfleet' | 'bentocache' | 'cache-manager'} module
 * @property {'memcached' | 'redis'} family What it keeps values in.
 * @property {object} options
 * @property {boolean} leases Whether it promises one factory call of all processes.
 */

/** @type {readonly Subject[]} */
export const subjects = [
  { name: 'memfleet, meta', module: 'memfleet', family: 'memcached', options: {}, leases: true },
  {
    name: 'memfleet, classic',
    module: 'memfleet',
    family: 'memcached',
    options: { protocol: 'classic' },
    leases: true,
  },
  { name: 'bentocache', module: 'bentocache', family: 'redis', options: {}, leases: false },
  { name: 'cache-manager', module: 'cache-manager', family: 'redis', options: {}, leases: false },
];
