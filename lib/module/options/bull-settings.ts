import type { CounterQueueOptions } from '../../queue/queue-options.js';
import { OptionReader } from './option-reader.js';

const DAY = 86_400_000;

/** Checks what is given under `settings`. What is not given is left to Bull. */
export function readBullSettings(queue: OptionReader): CounterQueueOptions['settings'] {
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
  return Object.fromEntries(Object.entries(read).filter(([key]) => given[key] !== undefined));
}
