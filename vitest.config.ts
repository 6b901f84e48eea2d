import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = {
  environment: 'node',
  pool: 'forks',
  // what hangs is told late, and what a slow and busy machine takes its time for is no fault
  testTimeout: 240_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 90_000 } },
} as const;

/**
 * Files that leave something behind in their process, which the next one would have: another data source for every
 * application, entities of their own, the built package beside lib, a switch of V8. All others share their process
 * with those before them, for most of a start is imports.
 */
const ALONE = [
  'test/around/**/*.test.ts',
  'test/docs/examples.test.ts',
  'test/docs/metered-examples.test.ts',
  'test/module/data-source.test.ts',
  'test/module/repositories.test.ts',
  'test/sample-app/billing.test.ts',
  'test/testing/fake-timers.test.ts',
  'test/security/hostile-input.test.ts',
];

/**
 * What takes long, most of it real processes that are killed again and again: `npm run faults` runs these, and `npm test` does
 * when it is told so by their path. What they show, `npm test` shows by the simulation and by one fault of the kind.
 */
const LONG = [
  'test/around/crowded-orm.test.ts',
  'test/bench/guard-servers.test.ts',
  'test/cli/deployments.test.ts',
  'test/cli/looking-in-trouble.test.ts',
  'test/cli/queues-resume.test.ts',
  'test/cli/queues-set.test.ts',
  'test/columns/killed-workers.test.ts',
  'test/docs/procedures/backup.test.ts',
  'test/docs/procedures/blue-green.test.ts',
  'test/docs/procedures/moving-database.test.ts',
  'test/docs/procedures/moving-redis.test.ts',
  'test/docs/strict-users.test.ts',
  'test/faults/closed-window.test.ts',
  'test/faults/database-conflicts.test.ts',
  'test/faults/database-faults.test.ts',
  'test/faults/database-restored.test.ts',
  'test/faults/erased.test.ts',
  'test/faults/import-events.test.ts',
  'test/faults/killed-at-points.test.ts',
  'test/faults/killed-producers.test.ts',
  'test/faults/killed-workers.test.ts',
  'test/faults/mariadb.test.ts',
  'test/faults/no-workers.test.ts',
  'test/faults/redis-absent.test.ts',
  'test/faults/redis-connections.test.ts',
  'test/faults/redis-cut-back.test.ts',
  'test/faults/redis-deployments.test.ts',
  'test/faults/redis-failover.test.ts',
  'test/faults/redis-rewound.test.ts',
  'test/faults/refused-callers.test.ts',
  'test/faults/renamed.test.ts',
  'test/faults/rolling-deployment.test.ts',
  'test/faults/shutdown-frozen-database.test.ts',
  'test/faults/shutdown-in-outage.test.ts',
  'test/faults/stopped-at-points.test.ts',
  'test/faults/stopping-workers.test.ts',
  'test/faults/transactions.test.ts',
  'test/integration/simultaneous-modes.test.ts',
  'test/matrix/matrix.test.ts',
  'test/on-call/postgres.test.ts',
  'test/on-call/processes.test.ts',
  'test/on-call/redis.test.ts',
  'test/package/bundles.test.ts',
  'test/persistence/mariadb/concurrency.test.ts',
  'test/processes/bullmq.test.ts',
  'test/processes/reading-during-flushes.test.ts',
  'test/processes/shutdown.test.ts',
  'test/quarter/quarter.test.ts',
  'test/random-faults/left-out-rules.test.ts',
  'test/random-faults/random-faults.test.ts',
  'test/security/hostile-jobs-bullmq.test.ts',
  'test/security/hostile-jobs.test.ts',
  'test/security/producer-memory.test.ts',
  'test/simulation/left-out-rules.test.ts',
  'test/soak/soak.test.ts',
  'test/steady/idle-bullmq.test.ts',
  'test/steady/idle.test.ts',
  'test/steady/silent-queue.test.ts',
  'test/unit/windows/every-zone.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // one more than there are processors: nearly every file waits for servers much of its time
    maxWorkers: availableParallelism() + 1,
    teardownTimeout: 30_000,
    projects: [
      {
        test: { ...shared, name: 'alone', include: ALONE, exclude: LONG },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...LONG],
          isolate: false,
        },
      },
      {
        test: { ...shared, name: 'long', include: LONG },
      },
    ],
  },
});
