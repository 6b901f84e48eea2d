import { createClient } from '@keyv/redis';
import { setTimeout as sleep } from 'node:timers/promises';
import { counterName } from '../measure/names.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

const COUNTERS = 100_000;
const AT_A_TIME = 10_000;

/** What a counter that waits to be persisted takes in Redis. */
export const redisMemory: OpenSubject = async (world) => {
  const { counters, close } = await startCounting(world, { updateInterval: 600_000 });
  const redis = createClient({ url: world.redis.url });
  await redis.connect();
  // what the server needs to write its file is not the counters'
  const used = async (): Promise<number> => {
    await sleep(300);
    const info = await redis.info('memory');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
    return field('used_memory_dataset') - field('mem_aof_buffer');
  };
  await counters.incr('first');
  return {
    async run(_task, clock) {
      const before = await used();
      clock.begin();
      for (let first = 0; first < COUNTERS; first += AT_A_TIME) {
        const names = Array.from({ length: AT_A_TIME }, (_, index) => counterName(first + index));
        await counters.incrMany(names.map((name) => ({ name })));
      }
      const seconds = clock.end();
      const bytes = (await used()) - before;
      return { operations: COUNTERS, seconds, extra: { bytesPerCounter: bytes / COUNTERS } };
    },
    settle: () => counters.flush(),
    close: async () => {
      redis.destroy();
      await close();
    },
  };
};

/** Row writes by counter, as a trigger in the database counts them. */
export const rowWrites: OpenSubject = async (world) => {
  const interval = 1000;
  const { counters, dataSource, close } = await startCounting(world, { updateInterval: interval });
  await dataSource.query(`
    CREATE UNLOGGED TABLE written (name varchar(191) COLLATE "C");
    CREATE FUNCTION note() RETURNS trigger AS
      'BEGIN INSERT INTO written VALUES (new.name); RETURN NULL; END' LANGUAGE plpgsql;
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON fast_counter FOR EACH ROW EXECUTE FUNCTION note();
  `);
  const { closedLoop } = await import('../measure/closed-loop.js');
  return {
    async run(task, clock) {
      await dataSource.query('TRUNCATE written');
      const began = performance.now();
      const outcome = await closedLoop((name) => counters.incr(name), task, clock);
      const intervals = (performance.now() - began) / interval;
      // what is pending is written once more, when it is due
      await sleep(2 * interval + 500);
      const [most] = await dataSource.query<{ writes: string }[]>(
        'SELECT count(*) AS writes FROM written GROUP BY name ORDER BY 1 DESC LIMIT 1',
      );
      // in so many intervals, begun ones included, there may be as many writes
      const writes = Number(most?.writes ?? NaN);
      return { ...outcome, extra: { writes, writesPerInterval: writes / Math.ceil(intervals) } };
    },
    close,
  };
};
