import { JOB_OPTIONS, namesPartition } from '../redis/persist-job.js';
import type { PersistJobQueue } from './persist-job.js';

/** A job as it is in Redis, where anybody may have put it. */
type RawJob = Partial<Record<string, string>>;

interface ReadingQueue extends PersistJobQueue {
  nextJobFromJobData(raw: RawJob | undefined, id: string): unknown;
}

const OPTIONS = JSON.stringify(JOB_OPTIONS);

/** Bull's name for a job without one. */
const NAME = '__default__';

/**
 * Has a worker take nothing from a job but its partition. Bull trusts the rest: by a name such as `constructor` or by options
 * of another shape it fails where it handles no failure, so that the job stays with the worker for ever; others are
 * tried again without end, make further jobs, or name another job as themselves.
 */
export function readOwnJobs(queue: PersistJobQueue, partition: number): void {
  const reading = queue as ReadingQueue;
  const next = reading.nextJobFromJobData.bind(reading);
  reading.nextJobFromJobData = (raw, id) => next(raw && harmless(raw, partition), id);
}

/** Data that are not ours become those of no partition, which is refused. */
function harmless({ name = NAME, data, timestamp, delay }: RawJob, partition: number): RawJob {
  const isOwn = name === NAME && namesPartition(data, partition);
  const own = JSON.stringify(isOwn ? { partition } : {});
  return { name: NAME, data: own, opts: OPTIONS, timestamp, delay };
}
