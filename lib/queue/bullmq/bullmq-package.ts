import type { EventEmitter } from 'node:events';
import type { QueueClient } from '../redis/queue-clients.js';
import { unloadable } from '../queue-packages.js';

/** What is used of BullMQ, which versions 5 and 6 have in common: their types differ, and nobody else need install them. */
export interface BullMqPackage {
  readonly Queue: new (name: string, options: BullMqOptions) => BullMqQueueObject;
  readonly Worker: new (
    name: string,
    processor: null,
    options: BullMqWorkerOptions,
  ) => BullMqWorkerObject;
}

export interface BullMqOptions {
  connection: QueueClient;
  prefix: string;
  skipVersionCheck: boolean;
  streams?: { events: { maxLen: number } };
}

export interface BullMqWorkerOptions extends BullMqOptions {
  autorun: boolean;
  /** Seconds. */
  drainDelay: number;
  lockDuration: number;
  stalledInterval: number;
  maxStalledCount: number;
}

interface JobOptions {
  jobId: string;
  delay: number;
  removeOnComplete: boolean;
  removeOnFail: number;
}

/** A queue, as it is injected. */
export interface BullMqQueueObject extends EventEmitter {
  readonly name: string;
  toKey(part: string): string;
  add(name: string, data: object, options: JobOptions): Promise<unknown>;
  getJobCounts(...states: string[]): Promise<Record<string, number>>;
  isPaused(): Promise<boolean>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

export interface BullMqJob {
  readonly id?: string;
  readonly data: unknown;
  extendLock(token: string, milliseconds: number): Promise<unknown>;
  moveToCompleted(value: unknown, token: string, fetchNext: boolean): Promise<unknown>;
  moveToFailed(error: Error, token: string, fetchNext: boolean): Promise<unknown>;
}

/** A worker whose jobs are fetched by hand. The last four its types keep to themselves; version 5 has no `getBackend`. */
export interface BullMqWorkerObject extends EventEmitter {
  /** A worker that is closing waits for no job, and swallows that connections end. */
  closing?: Promise<void>;
  getNextJob(token: string, options: { block: boolean }): Promise<BullMqJob | undefined>;
  getBackend?(): unknown;
  createJob(json: object, id: string): BullMqJob;
  getBlockTimeout(blockUntil: number): number;
  moveStalledJobsToWait(): Promise<unknown>;
}

/** Rejects with `InvalidOptionsError` where the package is not installed. */
export async function loadBullMq(): Promise<BullMqPackage> {
  try {
    // the name as it stands here: bundlers look for it, and see that it may be missing
    const loaded: unknown = await import('bullmq');
    return loaded as BullMqPackage;
  } catch (error) {
    throw unloadable('bullmq', error);
  }
}
