import type { CounterCache } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import { adopt } from './bull/bull-module.js';
import { BullQueue } from './bull/bull-queue.js';
import { bullTrial } from './bull/bull-trial.js';
import { makeBullQueues } from './bull/own-queues.js';
import { loadBullMq } from './bullmq/bullmq-package.js';
import { BullMqPlaces } from './bullmq/bullmq-places.js';
import { BullMqQueue } from './bullmq/bullmq-queue.js';
import { bullMqTrial } from './bullmq/bullmq-trial.js';
import type { PersistQueue } from './persist-queue.js';
import type { QueueDriver } from './queue-packages.js';
import type { QueueSettings } from './queue-settings.js';
import type { QueueClients } from './redis/queue-clients.js';
import { QueueTrial } from './redis/queue-trial.js';

interface Opened {
  driver: QueueDriver;
  /** Of the queues, by partition. */
  names: readonly string[];
  settings: QueueSettings & { clients: QueueClients };
  cache: Pick<CounterCache, 'askedFor'>;
  events: CounterEvents;
}

/** The queues of a driver in a process without Nest. Rejects with `InvalidOptionsError` where its package is not installed. */
export async function openQueues(opened: Opened): Promise<PersistQueue> {
  const { driver, names, settings, cache, events } = opened;
  const { clients, commandTimeout } = settings;
  if (driver === 'bullmq') {
    const places = new BullMqPlaces(names, settings, await loadBullMq());
    const trial = new QueueTrial(clients, bullMqTrial(places.all()), commandTimeout);
    return new BullMqQueue(places, cache, events, trial);
  }
  const queues = await makeBullQueues(names, settings);
  adopt(queues, clients);
  const trial = new QueueTrial(clients, bullTrial(queues), commandTimeout);
  return new BullQueue(queues, cache, events, trial);
}
