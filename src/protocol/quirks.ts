/**
 * What single engine versions do otherwise, each with its source.
 */

/**
 * The first version whose meta dialect is the one of today. Amazon ElastiCache offers engine 1.6.6,
 * whose early form answers `OK` for `HD` and takes the length of `ms` as a flag
 * (https://github.com/RevenueCat/meta-memcache-py, `ServerVersion.AWS_1_6_6`); its next one is 1.6.12.
 */
const META_SINCE = [1, 6, 12] as const;

/**
 * Whether a server that answered `mn` can be spoken to in the meta dialect. The version is the text
 * after `VERSION`, such as `1.6.18` or `1.4.14 (Ubuntu)`; one that does not start with a number
 * belongs to a proxy or a rewrite, which is taken at its word.
 */
export function speaksMeta(version: string): boolean {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (match === null) return true;
  for (let i = 0; i < META_SINCE.length; i++) {
    const part = Number(match[i + 1] ?? 0);
    const since = META_SINCE[i] as number;
    if (part !== since) return part > since;
  }
  return true;
}
