/**
 * Tuples are arrays here, and are written as lists. Objects of classes that are not known get their state
 * back as it was, and a pair may mean something else to them than a list: those are remembered.
 */
const tuples = new WeakSet<readonly unknown[]>();

export function asTuple(items: unknown[]): unknown[] {
  tuples.add(items);
  return items;
}

export function isTuple(array: readonly unknown[]): boolean {
  return tuples.has(array);
}
