import type { JobPlaces } from '../redis/job-sender.js';
import type { PersistJobQueue } from './persist-job.js';
import type { QueueConnections } from './queue-connections.js';
import { removeDelayedJob } from './remove-delayed-job.js';

export function queueOf(queues: readonly PersistJobQueue[], partition: number): PersistJobQueue {
  const queue = queues[partition];
  if (queue === undefined) throw new RangeError(`There is no queue ${partition}`);
  return queue;
}

/** The queues of Bull for a sender, whose questions are asked again over a new connection where there is no answer. */
export const bullJobs = (
  queues: readonly PersistJobQueue[],
  connections: QueueConnections,
): JobPlaces => ({
  add: (partition, jobId, delay) => {
    const queue = queueOf(queues, partition);
    return connections.answer(queue, queue.add({ partition }, { delay, jobId }));
  },
  removeDelayed: (partition, id) => {
    const queue = queueOf(queues, partition);
    return connections.answer(queue, removeDelayedJob(queue, id));
  },
});
