import type { Queue, QueueOptions } from 'bull';
import { unloadable } from '../queue-packages.js';
import type { QueueSettings } from '../queue-settings.js';
import { bullOptions } from './bull-module.js';

type QueueClass = new (name: string, options: QueueOptions) => Queue;

/** The queues without @nestjs/bull, for a process without Nest. Rejects with `InvalidOptionsError` where Bull is not installed. */
export async function makeBullQueues(
  names: readonly string[],
  settings: QueueSettings,
): Promise<Queue[]> {
  const Bull = await load();
  return names.map((name, partition) => new Bull(name, bullOptions(settings, partition)));
}

async function load(): Promise<QueueClass> {
  try {
    // the name as it stands here: bundlers look for it, and see that it may be missing
    return (await import('bull')).default;
  } catch (error) {
    throw unloadable('bull', error);
  }
}
