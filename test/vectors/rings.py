"""Writes rings.json: where clients that cannot run here place the keys of ketama.json.

Each rule is written anew from the source of that client, in the plainest form there is. Run by hand:
python3 test/vectors/rings.py
"""

import bisect
import ctypes
import hashlib
import json
import math
import pathlib
import zlib

HERE = pathlib.Path(__file__).parent
KEYS = json.loads((HERE / "ketama.json").read_text())["keys"]


def f32(value):
    return ctypes.c_float(value).value


def le32(digest, at=0):
    return int.from_bytes(digest[at : at + 4], "little")


def java_ketama(servers, keys, algorithm):
    """net.spy.memcached.KetamaNodeLocator: a TreeMap, so that of equal points the later one stays."""

    def digest(text):
        return hashlib.new(algorithm, text.encode()).digest()

    tree = {}
    weighted = any(weight != 1 for _, weight in servers)
    total = sum(weight for _, weight in servers)
    for index, (name, weight) in enumerate(servers):
        percent = f32(f32(weight) / f32(total))
        points = math.floor(f32(f32(f32(f32(percent * 160) / 4) * len(servers)) + 0.0000000001)) * 4
        for i in range((points if weighted else 160) // 4):
            each = digest(f"{name}-{i}")
            for h in range(4):
                tree[le32(each, h * 4)] = index
    points = sorted(tree)

    def primary(key):
        at = bisect.bisect_left(points, le32(digest(key)))
        return tree[points[at if at < len(points) else 0]]

    return [primary(key) for key in keys]


def java_modulo(servers, keys):
    """ArrayModNodeLocator with DefaultHashAlgorithm.NATIVE_HASH."""

    def hash_code(text):
        value = 0
        units = text.encode("utf-16-le")
        for i in range(0, len(units), 2):
            value = (31 * value + int.from_bytes(units[i : i + 2], "little")) & 0xFFFFFFFF
        return value

    return [hash_code(key) % len(servers) for key in keys]


def dalli(servers, keys):
    """Dalli::Ring#build_continuum and #server_for_hash_key."""
    total = sum(weight for _, weight in servers)
    entries = []
    for index, (name, weight) in enumerate(servers):
        for i in range(math.floor(len(servers) * 160 * weight / float(total))):
            entries.append((int(hashlib.sha1(f"{name}:{i}".encode()).hexdigest()[:8], 16), index))
    entries.sort(key=lambda entry: entry[0])

    def server_for(key):
        value = zlib.crc32(key.encode())
        first_above = next((i for i, (point, _) in enumerate(entries) if point > value), None)
        return entries[len(entries) - 1 if first_above is None else first_above - 1][1]

    return [server_for(key) for key in keys]


def twemproxy(servers, keys):
    """nc_ketama.c with hash_fnv1a_64 of nc_fnv.c, whose `char` is signed; nc_conf.c names servers without 11211."""
    total = sum(weight for _, weight in servers)
    continuum = []
    for index, (name, weight) in enumerate(servers):
        name = name.removesuffix(":11211")
        percent = f32(f32(weight) / f32(total))
        count = math.floor(f32(f32(f32(f32(percent * 160) / 4) * len(servers)) + 0.0000000001))
        for i in range(count):
            digest = hashlib.md5(f"{name}-{i}".encode()).digest()
            continuum += [(le32(digest, x * 4), index) for x in range(4)]
    continuum.sort(key=lambda entry: entry[0])
    values = [value for value, _ in continuum]

    def dispatch(key):
        value = 0xCBF29CE484222325 & 0xFFFFFFFF
        for byte in key.encode():
            value ^= byte - 256 & 0xFFFFFFFF if byte > 127 else byte
            value = value * (0x100000001B3 & 0xFFFFFFFF) & 0xFFFFFFFF
        at = bisect.bisect_left(values, value)
        return continuum[at if at < len(values) else 0][1]

    return [dispatch(key) for key in keys]


def gomemcache(servers, keys):
    """memcache.ServerList.PickServer: crc32.ChecksumIEEE modulo the servers."""
    return [zlib.crc32(key.encode()) % len(servers) for key in keys]


def murmur3(data, seed):
    """MurmurHash3_x86_32, by its author's own listing."""
    mask = 0xFFFFFFFF

    def scramble(k):
        k = k * 0xCC9E2D51 & mask
        return (k << 15 | k >> 17) * 0x1B873593 & mask

    value = seed
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        value ^= scramble(le32(data, i))
        value = ((value << 13 | value >> 19) * 5 + 0xE6546B64) & mask
    value ^= scramble(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & mask
    value = (value ^ value >> 13) * 0xC2B2AE35 & mask
    return value ^ value >> 16


def rendezvous(servers, keys):
    """memfleet's own: murmur3(key, seed = murmur3(name, 0)); by weight, weight / -ln((hash + 0.5) / 2**32)."""

    def owner(key):
        scores = [
            (weight / -math.log((murmur3(key.encode(), murmur3(name.encode(), 0)) + 0.5) / 2**32), name)
            for name, weight in servers
        ]
        return scores.index(max(scores))

    return [owner(key) for key in keys]


FLEETS = {
    "three addresses": [[f"10.0.0.{i}:11211", 1] for i in (1, 2, 3)],
    "addresses on several ports": [["10.0.0.1:11211", 1], ["10.0.0.2:11212", 1], ["10.0.0.3:22122", 1]],
    "weights": [["10.0.0.1:11211", 1], ["10.0.0.2:11211", 2], ["10.0.0.3:11212", 3], ["10.0.0.4:11211", 4]],
    "25 addresses": [[f"10.2.0.{i}:11211", 1] for i in range(1, 26)],
    "weights that floats round": [["10.0.0.1:11211", 1], ["10.0.0.2:11211", 29], ["10.0.0.3:11211", 30]],
    "one address": [["10.0.0.1:11211", 1]],
}
# As Java names a server that is given by host name.
RESOLVED = [[f"cache{i}.example.com/10.0.0.{i}:11211", 1] for i in (1, 2, 3)]

RINGS = {
    "spymemcached": lambda servers, keys: java_ketama(servers, keys, "md5"),
    "aws-java": lambda servers, keys: java_ketama(servers, keys, "sha384"),
    "java-modulo": java_modulo,
    "dalli": dalli,
    "twemproxy": twemproxy,
    "gomemcache": gomemcache,
    "rendezvous": rendezvous,
}


def text(owners):
    return "".join("0123456789abcdefghijklmnopqrstuvwxyz"[owner] for owner in owners)


(HERE / "rings.json").write_text(
    json.dumps(
        {
            "about": "written by rings.py: for each key of ketama.json the index of its server, in base 36",
            "servers": FLEETS,
            "owners": {
                name: {fleet: text(ring(servers, KEYS)) for fleet, servers in FLEETS.items()}
                for name, ring in RINGS.items()
            },
            "resolved": {
                "servers": RESOLVED,
                "owners": {name: text(RINGS[name](RESOLVED, KEYS)) for name in ("spymemcached", "aws-java")},
            },
        },
        indent=1,
        ensure_ascii=False,
    )
    + "\n"
)
