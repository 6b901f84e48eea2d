import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import type { CounterCache } from '../cache/counter-cache.js';
import { InvalidOptionsError } from '../errors.js';
import type { CounterEvents } from '../events.js';
import { adopt, registerQueues } from '../queue/bull/bull-module.js';
import { BullQueue } from '../queue/bull/bull-queue.js';
import { bullTrial } from '../queue/bull/bull-trial.js';
import type { PersistJobQueue } from '../queue/bull/persist-job.js';
import { bullMqProviders } from '../queue/bullmq/bullmq-module.js';
import type { BullMqPlaces } from '../queue/bullmq/bullmq-places.js';
import { BullMqQueue } from '../queue/bullmq/bullmq-queue.js';
import { bullMqTrial } from '../queue/bullmq/bullmq-trial.js';
import { InProcessQueue } from '../queue/in-process-queue.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { queueNames, type QueueSettings, queueTokens } from '../queue/queue-settings.js';
import { QueueTrial } from '../queue/redis/queue-trial.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { QUEUES, QUEUE_SETTINGS } from './tokens.js';

/** The queues of the driver, or why there are none. */
type MadeQueues =
  | { driver: 'bull'; queues: readonly PersistJobQueue[] }
  | { driver: 'bullmq'; places: BullMqPlaces | undefined }
  | { driver: 'none'; error: InvalidOptionsError };

const PLACES = Symbol('the queues of BullMQ');

/** Has the queues. Exported by its class: Nest takes a promise of a module where it is imported, and nowhere else. */
@Module({})
export class FastCounterQueuesModule {}

/**
 * The queues of the driver that the options choose: its packages are loaded now, and no others. Packages that are not there refuse the
 * start later, where the queues are used, as a factory may still choose the embedded mode.
 */
export function queuesModule(
  resolved: ResolvedOptions,
  options: DynamicModule,
): Promise<DynamicModule> {
  const made = queuesOf(resolved, options).catch((error: unknown) => missing(error));
  // Nest awaits it, unless this application is never started
  made.catch(() => undefined);
  return made;
}

async function queuesOf(
  { queue }: ResolvedOptions,
  options: DynamicModule,
): Promise<DynamicModule> {
  const names = queueNames(queue.prefix, queue.count);
  if (queue.driver === 'bullmq') {
    const providers = await bullMqProviders(names, QUEUE_SETTINGS, PLACES);
    const queues: FactoryProvider<MadeQueues> = {
      provide: QUEUES,
      inject: [PLACES],
      useFactory: (places: BullMqPlaces | undefined) => ({ driver: 'bullmq', places }),
    };
    return {
      module: FastCounterQueuesModule,
      imports: [options],
      providers: [...providers, queues],
      exports: [...queueTokens(names), QUEUES],
    };
  }
  const bull = await registerQueues(names, [options], QUEUE_SETTINGS);
  const queues: FactoryProvider<MadeQueues> = {
    provide: QUEUES,
    inject: queueTokens(names),
    useFactory: (...made: PersistJobQueue[]) => ({ driver: 'bull', queues: made }),
  };
  return {
    module: FastCounterQueuesModule,
    imports: [bull],
    providers: [queues],
    exports: [bull, QUEUES],
  };
}

function missing(error: unknown): DynamicModule {
  if (!(error instanceof InvalidOptionsError)) throw error;
  const none: MadeQueues = { driver: 'none', error };
  return {
    module: FastCounterQueuesModule,
    providers: [{ provide: QUEUES, useValue: none }],
    exports: [QUEUES],
  };
}

/** The port, on the queues that were made. Throws `InvalidOptionsError` where the packages of the driver are not installed. */
export function openQueue(
  cache: CounterCache,
  events: CounterEvents,
  { clients, commandTimeout }: QueueSettings,
  made?: MadeQueues,
): PersistQueue {
  // embedded
  if (clients === undefined || made === undefined) return new InProcessQueue();
  switch (made.driver) {
    case 'none':
      throw made.error;
    case 'bullmq': {
      const { places } = made;
      // there are as soon as there are clients
      if (places === undefined) return new InProcessQueue();
      const trial = new QueueTrial(clients, bullMqTrial(places.all()), commandTimeout);
      return new BullMqQueue(places, cache, events, trial);
    }
    case 'bull': {
      const { queues } = made;
      adopt(queues, clients);
      const trial = new QueueTrial(clients, bullTrial(queues), commandTimeout);
      return new BullQueue(queues, cache, events, trial);
    }
  }
}
