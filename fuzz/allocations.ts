const ALLOCATORS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

/** The size of the largest buffer made while `run` runs. */
export function largestAllocation(run: () => void): number {
  let largest = 0;
  const { alloc, allocUnsafe, allocUnsafeSlow } = Buffer;
  const original = { alloc, allocUnsafe, allocUnsafeSlow };
  for (const name of ALLOCATORS) {
    const allocate = original[name] as (size: number, ...rest: readonly unknown[]) => Buffer;
    const counting = (size: number, ...rest: readonly unknown[]): Buffer => {
      largest = Math.max(largest, size);
      return allocate.call(Buffer, size, ...rest);
    };
    Object.assign(Buffer, { [name]: counting });
  }
  try {
    run();
  } finally {
    Object.assign(Buffer, original);
  }
  return largest;
}
