import type { CacheScope } from './cache-scope.ts';

/**
 * Moves a value to another key with what is left of its life, and resolves to whether there was one and it
 * is stored.
 *
 * @param ttl where the backend cannot tell what is left.
 */
export async function moveValue(
  { backend, replacing, getOrSet }: CacheScope,
  from: string,
  to: string,
  ttl: number | null,
): Promise<boolean> {
  const entry = await backend.getEntry(from);
  if (entry === undefined) return false;
  // A keyFunction may leave the version out: then the value is where it belongs.
  if (from === to) return true;
  if (!(await replacing.set(to, entry.value, entry.ttl === undefined ? ttl : entry.ttl))) return false;
  getOrSet.forget([from]);
  await backend.delete(from);
  return true;
}
