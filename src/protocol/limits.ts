/**
 * The bounds of the protocol and of what this codec accepts from a peer.
 * Sources: memcached's doc/protocol.txt and memcached.h; the caps on replies are ours.
 */

/** Longest key, in bytes as sent (`KEY_MAX_LENGTH` in memcached.h). A base64 key counts encoded. */
export const MAX_KEY_BYTES = 250;

/** Largest client flags: 32 bits, unsigned (protocol.txt, "flags"). */
export const MAX_CLIENT_FLAGS = 0xffff_ffff;

/** Largest counter and CAS unique: 64 bits, unsigned. */
export const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/** memcached's default item size (`-I`), hence the default of `maxValueBytes`. */
export const DEFAULT_MAX_VALUE_BYTES = 1_048_576;

/** The largest item size memcached can be started with (`-I 1024m`); a reply announcing more is nonsense. */
export const MAX_ANNOUNCED_BYTES = 1_073_741_824;

/** Longest reply line. The longest real one is a `STAT` line or `VA` with a 250 byte key: far below. */
export const MAX_LINE_BYTES = 4096;

/** Most `STAT` lines one reply may have; `stats` of a large server has a few thousand. */
export const MAX_STAT_LINES = 100_000;

/** Largest cluster configuration. 300 nodes of 255 byte names are about 100 KB. */
export const MAX_CONFIG_BYTES = 1_048_576;

/** How far past a wrong announced length `END` is looked for in a cluster configuration. */
export const MAX_CONFIG_RESCAN_BYTES = 65_536;

/** Most bytes of keys in one multi-get line: ElastiCache Serverless refuses GET commands above 16 KB. */
export const MAX_GET_LINE_BYTES = 16_000;
