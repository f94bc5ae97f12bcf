"""The half of the shop that is Django. Reads a step a line, takes it, and answers with a line."""
import datetime
import sys

import django
from django.conf import settings

settings.configure(
    USE_TZ=True,
    CACHES={'default': {'BACKEND': 'elasticache.ElastiCache', 'LOCATION': sys.argv[1], 'TIMEOUT': 300}},
)
django.setup()

from django.core.cache import cache  # noqa: E402

BASKETS = [f'basket:{number}' for number in range(1000)]


def store():
    seen = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.timezone.utc)
    cache.set('user:1', {'name': 'Zoë', 'staff': True, 'seen': seen, 'tags': ('new', None)})
    cache.set('visits', 41)
    return f"set user:1 to {cache.get('user:1')}"


def read():
    found = cache.get_many(BASKETS)
    return f"finds {len(found)} of {len(BASKETS)} baskets; the first is {found.get(BASKETS[0])}"


def count():
    return f"counts visits on to {cache.incr('visits')}"


def forget():
    cache.delete('user:1')
    return 'deleted user:1'


for line in sys.stdin:
    print(globals()[line.strip()](), flush=True)
