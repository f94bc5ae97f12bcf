"""A Django cache backend as django-elasticache's: one configuration endpoint, asked once; pylibmc with ketama."""
import socket

import pylibmc
from django.core.cache.backends.memcached import PyLibMCCache


def cluster_nodes(location):
    host, port = location.split(':')
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b'config get cluster\r\n')
        reply = b''
        while not reply.endswith(b'END\r\n'):
            chunk = connection.recv(4096)
            if not chunk:
                raise ConnectionError('The endpoint closed the connection')
            reply += chunk
    # CONFIG cluster 0 <length>, <version>, and then host|address|port of each node.
    nodes = reply.split(b'\r\n')[1].split(b'\n')[1].decode().split(' ')
    return [':'.join(node.split('|')[1:]) for node in nodes]


class ElastiCache(PyLibMCCache):
    @property
    def _cache(self):
        client = getattr(self, '_client', None)
        if client is None:
            client = self._client = pylibmc.Client(cluster_nodes(self._servers[0]), **self._options)
            client.behaviors = {'tcp_nodelay': True, 'ketama': True}
        return client
