import { JOB_OPTIONS, namesPartition } from '../redis/persist-job.js';
import type { BullMqWorkerObject } from './bullmq-package.js';

/** A job as BullMQ hands it over: of version 5 as it is in Redis, where anybody may have put it, of version 6 read once. */
interface GivenJob {
  data?: string;
  timestamp?: unknown;
  processedOn?: unknown;
}

/** What each of our jobs is called. */
export const JOB_NAME = 'persist';

/**
 * Has a worker take nothing from a job but its partition. BullMQ trusts the rest: a job may have parents and children, come again
 * and again, be tried without end, or name another job as itself.
 */
export function readOwnJobs(worker: BullMqWorkerObject, partition: number): void {
  const isRead = worker.getBackend !== undefined;
  const createJob = worker.createJob.bind(worker);
  worker.createJob = (given: GivenJob, id) => {
    const { data, timestamp, processedOn } = given;
    const own = namesPartition(data, partition) ? { partition } : {};
    const opts = isRead ? JOB_OPTIONS : JSON.stringify(JOB_OPTIONS);
    const times = { timestamp, processedOn, delay: 0, priority: 0 };
    return createJob({ name: JOB_NAME, data: JSON.stringify(own), opts, ...times }, id);
  };
}
