import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, QUEUES } from './deployment.js';
import type { Servers } from './servers.js';

/** The jobs of the queue that has the most, at one time. */
export interface JobSample {
  /** Milliseconds since the load began. */
  at: number;
  /** Jobs that wait, are delayed or paused. */
  waiting: number;
  active: number;
  /** The queue with the most waiting ones. */
  queue: string;
}

const PAUSE = 250;
/** The hash of a job, whatever list it is in, or in none. */
const JOB = /::bull:PersistCounter\d+:\d+(-\d+)?$/;

/** Looks at all queues again and again, until it is stopped. */
export function watchJobs(
  { commands }: Pick<Servers, 'commands'>,
  deployments: readonly Deployment[],
  begun: number,
): { samples: readonly JobSample[]; stop: () => Promise<void> } {
  const samples: JobSample[] = [];
  let isStopped = false;

  async function look(): Promise<JobSample> {
    const at = performance.now() - begun;
    const most = { at, waiting: 0, active: 0, queue: '' };
    for (const { name, namespace } of deployments) {
      for (let partition = 0; partition < QUEUES; partition++) {
        const queue = `fastcounter:{${namespace}:${partition}}::bull:PersistCounter${partition}`;
        const counts = await commands(
          ['LLEN', `${queue}:wait`],
          ['LLEN', `${queue}:paused`],
          ['ZCARD', `${queue}:delayed`],
          ['LLEN', `${queue}:active`],
        );
        const [wait = 0, paused = 0, delayed = 0, active = 0] = counts.map(Number);
        const waiting = wait + paused + delayed;
        if (waiting > most.waiting) {
          most.waiting = waiting;
          most.queue = `queue ${partition} of ${name}`;
        }
        most.active = Math.max(most.active, active);
      }
    }
    return most;
  }
  async function watch(): Promise<void> {
    while (!isStopped) {
      samples.push(await look());
      await sleep(PAUSE);
    }
  }

  const watching = watch();
  return {
    samples,
    stop: async () => {
      isStopped = true;
      await watching;
    },
  };
}

/** Without load: resolves when there is no job any more, or after so many milliseconds to those that are left. */
export async function jobsLeft(
  { commands }: Pick<Servers, 'commands'>,
  patience: number,
): Promise<string[]> {
  const until = performance.now() + patience;
  for (;;) {
    const [keys] = (await commands(['KEYS', 'fastcounter:*'])) as [string[]];
    const left = keys.filter((key) => JOB.test(key));
    if (left.length === 0 || performance.now() > until) return left;
    await sleep(PAUSE);
  }
}
