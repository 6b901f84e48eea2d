import { quote } from '../../errors.js';

/** All that a job carries; it comes back from Redis as untrusted input. */
export interface PersistJob {
  partition: number;
}

/** That a worker goes by, whatever a job says: nothing is tried twice, and the last 100 that failed are kept. */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: 100 };

export function isPersistJob(data: unknown, partition: number): data is PersistJob {
  return (
    typeof data === 'object' && data !== null && 'partition' in data && data.partition === partition
  );
}

/** The same of data that are JSON, or anything else. */
export function namesPartition(json: string | undefined, partition: number): boolean {
  try {
    return isPersistJob(JSON.parse(json ?? ''), partition);
  } catch {
    return false;
  }
}

/** Not ours, whoever put it there: it fails, and says nothing about the queue. */
export class ForeignJobError extends TypeError {
  constructor(id: unknown, queue: string, partition: number) {
    super(`Job ${quote(id)} of ${queue} does not name partition ${partition}`);
  }
}
