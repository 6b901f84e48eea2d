import type { QueueClient } from '../redis/queue-clients.js';

interface WaitingClient {
  bzpopmin(...given: unknown[]): Promise<unknown>;
}

/**
 * Has a client end what waits for jobs when the answered function is called. ioredis forgets a command that it was to send again over the
 * next connection, or of a node that left the cluster: BullMQ would wait on, by a timer that keeps the process for two minutes.
 */
export function endableWait(client: QueueClient): () => void {
  const waiting = client as unknown as WaitingClient;
  const bzpopmin = waiting.bzpopmin.bind(client);
  const ends = new Set<() => void>();
  waiting.bzpopmin = (...given) =>
    new Promise((resolve, reject) => {
      const end = (): void => reject(new Error('Connection is closed.'));
      ends.add(end);
      const settled = (): boolean => ends.delete(end);
      bzpopmin(...given)
        .then(resolve, reject)
        .finally(settled);
    });
  return () => ends.forEach((end) => end());
}
