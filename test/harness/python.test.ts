import { expect, test } from 'vitest';
import { startPython } from './python.ts';

test('a snippet has its arguments, gives a result, and its error is told', async () => {
  const python = startPython();
  try {
    expect(await python.run<number>('base = 40\nresult = base + args["more"]', { more: 2 })).toBe(42);
    expect(await python.run<number>('result = base')).toBe(40);
    await expect(python.run('raise KeyError("nothing")')).rejects.toThrow('KeyError');
  } finally {
    await python.close();
  }
});
