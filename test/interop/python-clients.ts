/** The memcached clients of Python, each as a snippet that makes one for `host:port`. */

interface PythonClient {
  readonly name: string;
  /** Evaluated with `args`, a `host:port`: has `get`, `set`, `incr` and `decr`. */
  readonly open: string;
  /** What it puts before a key. */
  readonly prefix: string;
  /** How it stores booleans: as such, or as integers. */
  readonly booleans: 'pickle' | 'integer';
  /** Whether it inflates what others compressed. */
  readonly inflates: boolean;
}

const django = (backend: string, options = ''): string => `
from django.conf import settings
settings.configured or settings.configure(USE_TZ=True)
from django.core.cache.backends.memcached import ${backend}
client = ${backend}(args, {${options}})
`;

export const pythonClients: readonly PythonClient[] = [
  {
    name: 'pylibmc',
    open: 'import pylibmc\nclient = pylibmc.Client([args])',
    prefix: '',
    booleans: 'integer',
    inflates: true,
  },
  {
    name: 'pylibmc by the binary protocol',
    open: 'import pylibmc\nclient = pylibmc.Client([args], binary=True)',
    prefix: '',
    booleans: 'integer',
    inflates: true,
  },
  {
    name: 'pymemcache with pickle_serde',
    open: `
from pymemcache.client.base import Client
from pymemcache import serde
client = Client(args, serde=serde.pickle_serde, default_noreply=False)`,
    prefix: '',
    booleans: 'pickle',
    inflates: false,
  },
  {
    name: "Django's PyLibMCCache",
    open: django('PyLibMCCache'),
    prefix: ':1:',
    booleans: 'integer',
    inflates: true,
  },
  {
    name: "Django's PyMemcacheCache",
    open: django('PyMemcacheCache'),
    prefix: ':1:',
    booleans: 'pickle',
    inflates: false,
  },
];
