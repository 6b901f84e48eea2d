import { BullModule, getQueueToken, getSharedConfigToken } from '@nestjs/bull';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import type { QueueOptions } from 'bull';
import { partitionNumbers } from '../../words/partitioner.js';
import type { CounterQueueOptions } from '../queue-options.js';
import type { QueueClients } from './queue-clients.js';
import { STALLED_INTERVAL } from './stalled-jobs.js';

export interface BullSettings {
  namespace: string;
  /** Absent in the embedded mode: then nothing ever connects. */
  clients?: QueueClients;
  /** Milliseconds. */
  commandTimeout: number;
  settings?: CounterQueueOptions['settings'];
}

export function queueNames(prefix: string, count: number): string[] {
  return partitionNumbers(count).map((partition) => `${prefix}${partition}`);
}

export const queueTokens = (names: readonly string[]): string[] =>
  names.map((name) => getQueueToken(name));

/** @nestjs/bull merges what `BullModule.forRoot()` was given for a key into the options of its queues. */
const CONFIG_KEY = 'nestjs-fastcounter';

/** Found before whatever the application registers: nothing is merged into ours. */
const NO_CONFIG = { provide: getSharedConfigToken(CONFIG_KEY), useValue: {} };

/** The queues through @nestjs/bull, so that `@InjectQueue()` and dashboards find them. */
export function registerQueues(
  names: readonly string[],
  imports: ModuleMetadata['imports'],
  settingsToken: symbol,
): DynamicModule {
  return BullModule.registerQueueAsync(
    ...names.map((name, partition) => ({
      name,
      configKey: CONFIG_KEY,
      extraProviders: [NO_CONFIG],
      imports,
      inject: [settingsToken],
      useFactory: (settings: BullSettings) => bullOptions(settings, partition),
    })),
  );
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

function bullOptions(
  { namespace, clients, settings }: BullSettings,
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
