import type { FactoryProvider } from '@nestjs/common';
import { type QueueSettings, queueTokens } from '../queue-settings.js';
import { loadBullMq } from './bullmq-package.js';
import { BullMqPlaces } from './bullmq-places.js';

/**
 * The queues, and each by the token of @nestjs/bullmq, so that `@InjectQueue()` and dashboards find them: for this, that package need
 * not be there. Embedded, as a factory of options may still choose, there are none: BullMQ would connect as soon as one is made.
 * Rejects with `InvalidOptionsError` where BullMQ is not installed.
 */
export async function bullMqProviders(
  names: readonly string[],
  settingsToken: symbol,
  placesToken: symbol,
): Promise<FactoryProvider[]> {
  const bullMq = await loadBullMq();
  const places: FactoryProvider<BullMqPlaces | undefined> = {
    provide: placesToken,
    inject: [settingsToken],
    useFactory: (settings: QueueSettings) => {
      const { clients } = settings;
      return clients && new BullMqPlaces(names, { ...settings, clients }, bullMq);
    },
  };
  const queues = queueTokens(names).map((provide, partition): FactoryProvider => ({
    provide,
    inject: [placesToken],
    useFactory: (made: BullMqPlaces | undefined) => made?.at(partition).queue,
  }));
  return [places, ...queues];
}
