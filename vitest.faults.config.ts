import type { ViteUserConfig } from 'vitest/config';
import { FaultReporter } from './test/faults/fault-reporter.ts';
import base from './vitest.config.ts';

/** `npm run faults`: the scenarios alone, one after another, so that no other disturbs what they measure. */
const config: ViteUserConfig = {
  ...base,
  test: {
    ...base.test,
    include: ['test/faults/*.test.ts'],
    reporters: ['default', new FaultReporter()],
    fileParallelism: false,
  },
};

export default config;
