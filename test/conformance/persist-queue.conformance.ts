import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { Wake } from '../../lib/cache/wake.js';
import { CounterEvents } from '../../lib/events.js';
import type { PersistQueue, PersistRun } from '../../lib/queue/persist-queue.js';
import { closing } from './queue-suites/close.js';
import { counting } from './queue-suites/count.js';
import { foreignJobs } from './queue-suites/foreign.js';
import { lostAndLate } from './queue-suites/lost-and-late.js';
import { paused } from './queue-suites/pause.js';
import { redisAway } from './queue-suites/redis-away.js';
import { repeated } from './queue-suites/repeat.js';
import { replacing } from './queue-suites/replace.js';
import { running } from './queue-suites/run.js';
import { stalled } from './queue-suites/stall.js';
import { type QueueServer, startQueueServer } from './queue-server.js';

/** How many queues each process has. */
export const PARTITIONS = 2;

/** Where the queues of a test are. */
export interface Place {
  /** The Redis, as the documented user. */
  url: string;
  namespace: string;
  /** What the partitions ask for, as the cache would say. */
  askedFor: (partition: number) => Promise<string | undefined>;
}

/** What others than this process do with the queues: a stranger, a dashboard, a worker that dies. */
export interface SharedQueues {
  /** Puts a job on a queue, as anybody may. Answers its id. */
  add(partition: number, data: unknown): Promise<string>;
  /** Why a job failed, as the queue keeps it. */
  failure(partition: number, id: string): Promise<string | undefined>;
  pause(partition: number): Promise<unknown>;
  resume(partition: number): Promise<unknown>;
  /** Takes a job as a worker does which then dies. Answers its id, when nobody can hold it any more. */
  takeAndDie(partition: number): Promise<string>;
  /** A look for stalled jobs may come again: workers look only now and then. */
  letLook(partition: number): Promise<unknown>;
  /** Whether a worker has looked since. */
  hasLooked(partition: number): Promise<boolean>;
  /** Removes all that is on the queues. */
  forget(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface QueueDriver {
  name: string;
  open: (place: Place, events: CounterEvents) => PersistQueue;
  /** Absent where jobs live and end with their process: then no other has a hand in them. */
  share?: (place: Place) => SharedQueues;
}

/** The queues of one process. */
export interface QueueProcess {
  queue: PersistQueue;
  /** The runs so far, as `partition/job`. */
  ran: string[];
  /** Beginnings and ends of outages of the queues. */
  told: string[];
  /** Takes jobs. By default a run does nothing, and asks for no other. */
  work: (run?: PersistRun) => void;
  /** Asks for a job, as the partition does that remembers for which one it asked last. */
  ask: (partition: number, wake: Wake) => void;
}

/** What a suite has at hand; what it opens is closed after each test. */
export interface QueueSubject {
  readonly isShared: boolean;
  /** The server of the queues; jobs in the process have none. */
  readonly server: QueueServer;
  /** A process with queues, on the place of this test. */
  open: () => QueueProcess;
  shared: () => SharedQueues;
}

/** Why a case says nothing about jobs that live in their process. */
export const NOT_IN_PROCESS =
  'has no meaning in the process: jobs are timers there, which no other process and no Redis touches';

const suites = [
  running,
  counting,
  repeated,
  replacing,
  lostAndLate,
  stalled,
  paused,
  foreignJobs,
  closing,
  redisAway,
];

/** Everything that the `PersistQueue` port promises, on one driver. */
export function persistQueueConformance({ name, open, share }: QueueDriver): void {
  describe(`the queues ${name}`, () => {
    let server: QueueServer;
    const ends: (() => Promise<unknown>)[] = [];
    let place: Place | undefined;
    const asked = new Map<number, string>();

    beforeAll(async () => {
      server = await startQueueServer(share !== undefined);
    });
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
      place = undefined;
      asked.clear();
    });
    afterAll(() => server.stop());

    const placeOfTest = (): Place =>
      (place ??= {
        url: server.url,
        namespace: `queues-${randomUUID().slice(0, 8)}`,
        askedFor: (partition) => Promise.resolve(asked.get(partition)),
      });

    const openProcess = (): QueueProcess => {
      const events = new CounterEvents();
      const queue = open(placeOfTest(), events);
      const ran: string[] = [];
      const told: string[] = [];
      events.on('outage', ({ of }) => told.push(`outage ${of}`));
      events.on('recovery', ({ of }) => told.push(`recovery ${of}`));
      ends.push(() => queue.close(1000));
      return {
        queue,
        ran,
        told,
        work: (run = () => Promise.resolve(undefined)) => {
          queue.work((partition, job) => {
            ran.push([partition, job].join('/'));
            return run(partition, job);
          });
        },
        ask: (partition, wake) => {
          asked.set(partition, wake.id);
          queue.trigger(partition, wake);
        },
      };
    };
    let others: SharedQueues | undefined;
    const shared = (): SharedQueues => {
      if (share === undefined) throw new Error(NOT_IN_PROCESS);
      if (others !== undefined) return others;
      const opened = (others = share(placeOfTest()));
      ends.push(() => {
        others = undefined;
        return opened.close();
      });
      return opened;
    };
    const subject: QueueSubject = {
      isShared: share !== undefined,
      get server() {
        return server;
      },
      open: openProcess,
      shared,
    };
    for (const suite of suites) suite(subject);
  });
}
