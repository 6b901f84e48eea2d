import type { Queue } from 'bull';
import type { PersistJob } from '../redis/persist-job.js';

export type PersistJobQueue = Queue<PersistJob>;
