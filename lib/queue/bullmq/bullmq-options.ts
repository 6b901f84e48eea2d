import type { QueueSettings } from '../queue-settings.js';
import type { QueueClient } from '../redis/queue-clients.js';
import type { BullMqOptions, BullMqWorkerOptions } from './bullmq-package.js';

/** Milliseconds for which a worker holds a job without prolonging that. */
const LOCK = 30_000;

/** Events that BullMQ keeps of each queue. It would keep ten thousand, and nobody here reads them. */
const EVENTS = 100;

/** Milliseconds between two looks for jobs whose worker died, one process for all. */
export const STALLED_INTERVAL = 120_000;

/** How the object of a queue is made: the one that is injected, and workers. */
export const bullMqOptions = (
  { namespace }: QueueSettings,
  partition: number,
  connection: QueueClient,
): BullMqOptions => ({
  connection,
  // one hash slot a queue; `::` keeps Keyv's clear() away from string keys
  prefix: `fastcounter:{${namespace}:${partition}}::bullmq`,
  // it would ask by INFO, which this user may not be allowed
  skipVersionCheck: true,
  streams: { events: { maxLen: EVENTS } },
});

/** An idle worker asks every two minutes, where BullMQ would every five seconds: it is told of jobs, and what it misses the sweeper finds. */
export const workerOptions = (
  settings: QueueSettings,
  partition: number,
  connection: QueueClient,
): BullMqWorkerOptions => {
  const {
    drainDelay = 120,
    lockDuration = LOCK,
    stalledInterval = STALLED_INTERVAL,
    maxStalledCount = 100,
  } = settings.settings ?? {};
  return {
    ...bullMqOptions(settings, partition, connection),
    autorun: false,
    drainDelay,
    lockDuration,
    // 0 is never: BullMQ asks for a number above it, and looks when it is told to
    stalledInterval: stalledInterval === 0 ? STALLED_INTERVAL : stalledInterval,
    maxStalledCount,
  };
};
