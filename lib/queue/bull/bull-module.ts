import type * as NestBull from '@nestjs/bull';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import type { Queue, QueueOptions } from 'bull';
import { unloadable } from '../queue-packages.js';
import type { QueueSettings } from '../queue-settings.js';
import type { QueueClients } from '../redis/queue-clients.js';
import { STALLED_INTERVAL } from './stalled-jobs.js';

/** @nestjs/bull merges what `BullModule.forRoot()` was given for a key into the options of its queues. */
const CONFIG_KEY = 'nestjs-fastcounter';

/**
 * The queues through @nestjs/bull, so that `@InjectQueue()` and dashboards find them. Rejects with `InvalidOptionsError` where
 * the packages are not installed.
 */
export async function registerQueues(
  names: readonly string[],
  imports: ModuleMetadata['imports'],
  settingsToken: symbol,
): Promise<DynamicModule> {
  const { BullModule, getSharedConfigToken } = await load();
  // found before whatever the application registers: nothing is merged into ours
  const noConfig = { provide: getSharedConfigToken(CONFIG_KEY), useValue: {} };
  return BullModule.registerQueueAsync(
    ...names.map((name, partition) => ({
      name,
      configKey: CONFIG_KEY,
      extraProviders: [noConfig],
      imports,
      inject: [settingsToken],
      useFactory: (settings: QueueSettings) => bullOptions(settings, partition),
    })),
  );
}

async function load(): Promise<typeof NestBull> {
  try {
    // the name as it stands here: bundlers look for it, and see that it may be missing
    return await import('@nestjs/bull');
  } catch (error) {
    throw unloadable('bull', error);
  }
}

/**
 * An idle worker asks Redis every some minutes, where Bull would every five seconds: it is told of jobs, and what
 * it misses the sweeper finds. `drainDelay` is in seconds, the others are in milliseconds.
 */
const QUIET = {
  maxStalledCount: 100,
  guardInterval: 600_000,
  stalledInterval: STALLED_INTERVAL,
  drainDelay: 120,
};

export function bullOptions(
  { namespace, clients, settings }: QueueSettings,
  partition: number,
): QueueOptions {
  return {
    // one hash slot a queue; `::` keeps Keyv's clear() away from Bull's string keys
    prefix: `fastcounter:{${namespace}:${partition}}::bull`,
    createClient: clients && ((role) => clients.make(partition, role)),
    settings: { ...QUIET, ...settings },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: 100 },
    // checking would connect every queue at start-up, in the embedded mode too
    skipVersionCheck: true,
  } as QueueOptions;
}

/** Bull keeps no account of clients that others made for it. */
export function adopt(queues: readonly Queue[], clients: QueueClients | undefined): void {
  if (clients === undefined) return;
  queues.forEach((queue, partition) => {
    // its types know no cluster
    queue.clients = clients.of(partition) as Queue['clients'];
  });
}
