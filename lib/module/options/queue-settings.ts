import type { CounterQueueOptions } from '../../queue/queue-options.js';
import type { QueueDriver } from '../../queue/queue-packages.js';
import { OptionReader, wrongOption } from './option-reader.js';

const DAY = 86_400_000;

/** What only Bull has a use for. */
const OF_BULL = ['guardInterval', 'retryProcessDelay', 'backoffStrategies'];

/** Checks what is given under `settings`. What is not given is left to the driver. */
export function readQueueSettings(
  queue: OptionReader,
  driver: QueueDriver,
): CounterQueueOptions['settings'] {
  const given = queue.record('settings');
  if (given === undefined) return undefined;
  const options = new OptionReader(given, queue.nameOf('settings.'));
  const read = {
    lockDuration: options.integer('lockDuration', 1, DAY, 0),
    lockRenewTime: options.integer('lockRenewTime', 1, DAY, 0),
    // 0 is never
    stalledInterval: options.integer('stalledInterval', 0, DAY, 0),
    maxStalledCount: options.integer('maxStalledCount', 0, 1_000_000, 0),
    guardInterval: options.integer('guardInterval', 1, DAY, 0),
    retryProcessDelay: options.integer('retryProcessDelay', 1, DAY, 0),
    // in seconds
    drainDelay: options.integer('drainDelay', 1, DAY / 1000, 0),
    backoffStrategies: options.record('backoffStrategies'),
  };
  options.refuseOthers();
  for (const key of driver === 'bullmq' ? OF_BULL : []) {
    if (given[key] === undefined) continue;
    const rule = 'is a setting of Bull: BullMQ has nothing like it. Leave it out';
    throw wrongOption(options.nameOf(key), given[key], rule);
  }
  return Object.fromEntries(Object.entries(read).filter(([key]) => given[key] !== undefined));
}
