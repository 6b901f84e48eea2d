import { partitionNumbers } from '../words/partitioner.js';
import type { CounterQueueOptions } from './queue-options.js';
import type { QueueClients } from './redis/queue-clients.js';

/** How the queues are made. */
export interface QueueSettings {
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

/** As `getQueueToken()` of @nestjs/bull and of @nestjs/bullmq makes them: neither is loaded for this. */
export const queueTokens = (names: readonly string[]): string[] =>
  names.map((name) => `BullQueue_${name}`);
