import type { JobPlaces } from '../redis/job-sender.js';
import { removeDelayedJob } from '../redis/remove-delayed-job.js';
import type { PersistJobQueue } from './persist-job.js';
import type { QueueConnections } from './queue-connections.js';

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
    const removed = queue.isReady().then(() => removeDelayedJob(queue.client, queue, id));
    return connections.answer(queue, removed);
  },
});
