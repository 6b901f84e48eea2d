import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = {
  environment: 'node',
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // a machine that is busy
  expect: { poll: { timeout: 30_000 } },
} as const;

/** Files that leave nothing behind in their process, which the next one has then: most of a start is imports. */
const TOGETHER = ['conformance', 'integration', 'metering', 'persistence', 'unit'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // most of them wait for servers most of the time
    maxWorkers: Math.max(2, availableParallelism()),
    teardownTimeout: 30_000,
    projects: [
      {
        test: { ...shared, name: 'alone', include: ['test/**/*.test.ts'], exclude: TOGETHER },
      },
      {
        test: { ...shared, name: 'together', include: TOGETHER, isolate: false },
      },
    ],
  },
});
