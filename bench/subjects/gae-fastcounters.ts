import { createClient } from '@keyv/redis';
import Bull from 'bull';
import { DataSource, EntitySchema } from 'typeorm';
import type { OpenSubject } from '../subject.js';
import { countingSubject } from './counting-subject.js';

const QUEUES = 5;
/** In milliseconds; the same as what it is compared with. */
const UPDATE_INTERVAL = 1000;
/** How long jobs of a round may take after it; then they are dropped, or the backlog never ends. */
const DRAIN = 2000;

interface CounterRow {
  name: string;
  value: string;
}

interface PersistJob {
  name: string;
  delta: number;
}

const CounterRows = new EntitySchema<CounterRow>({
  name: 'Counter',
  columns: {
    name: { type: 'varchar', length: 191, primary: true },
    value: { type: 'bigint' },
  },
});

/**
 * The algorithm of gae-fastcounters on this stack: Redis for memcache, Bull for the task queues, and
 * PostgreSQL for the datastore. Memcache knows no negative numbers, so there the value starts at 2^63;
 * here at 0. With its faults: a job that runs twice counts twice, and the last increments of a
 * counter that goes quiet stay in Redis.
 */
export const gaeFastcounters: OpenSubject = async ({ redis, postgres, namespace }) => {
  const dataSource = new DataSource({
    type: 'postgres',
    url: postgres.url,
    entities: [CounterRows],
    synchronize: true,
  });
  await dataSource.initialize();
  const client = createClient({ url: redis.url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  const queues = Array.from({ length: QUEUES }, (_, index) => {
    const options = { prefix: `${namespace}:bull`, defaultJobOptions: { removeOnComplete: true } };
    return new Bull<PersistJob>(`PersistCounter${index}`, redis.url, options);
  });
  let rowWrites = 0;
  const persist = async ({ name, delta }: PersistJob): Promise<void> => {
    await dataSource.transaction(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const row = await manager.findOne(CounterRows, { where: { name }, lock });
      const value = String(BigInt(row?.value ?? 0) + BigInt(delta));
      if (row === null) await manager.insert(CounterRows, { name, value });
      else await manager.update(CounterRows, { name }, { value });
    });
    rowWrites++;
  };
  for (const queue of queues) {
    queue.on('error', (error) => console.error(error));
    void queue.process((job) => persist(job.data));
  }
  await Promise.all(queues.map((queue) => queue.isReady()));

  const incr = async (name: string): Promise<void> => {
    const key = `${namespace}:ctr_val:${name}`;
    const delta = await client.incrBy(key, 1);
    const lock = { condition: 'NX', expiration: { type: 'PX', value: UPDATE_INTERVAL } } as const;
    const won = await client.set(`${namespace}:ctr_lck:${name}`, '1', lock);
    if (won === null || delta === 0) return;
    const queue = queues[Math.floor(Math.random() * QUEUES)] as (typeof queues)[number];
    try {
      await queue.add({ name, delta });
    } catch {
      // the next interval tries again
      return;
    }
    await client.decrBy(key, delta);
  };
  const waiting = async (): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => queue.getJobCounts()));
    return counts.reduce((sum, { waiting, active }) => sum + waiting + active, 0);
  };
  let dropped = 0;
  return countingSubject({
    incr,
    notes: () => ({ rowWrites, dropped }),
    settle: async () => {
      const deadline = performance.now() + DRAIN;
      while (performance.now() < deadline) {
        if ((await waiting()) === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      dropped += await waiting();
      await Promise.all(queues.map((queue) => queue.empty()));
    },
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close(true)));
      client.destroy();
      await dataSource.destroy();
    },
  });
};
