import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@keyv/redis';
import { counterName } from '../measure/names.js';
import { watchMemory } from '../measure/redis-memory.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

const COUNTERS = 100_000;
const AT_A_TIME = 10_000;
/** A prime: names come in no order. */
const STEP = 7919;
const CONNECTIONS = 200;

/** So many names at a time, each of this length. */
function* slicesOfNames(length: number): Generator<string[]> {
  for (let first = 0; first < COUNTERS; first += AT_A_TIME) {
    yield Array.from({ length: AT_A_TIME }, (_, index) =>
      counterName(((first + index) * STEP) % COUNTERS).padEnd(length, 'x'),
    );
  }
}

/** What a counter takes in Redis that waits to be persisted; `cached`: one whose persisted value was read. */
export const redisMemory: OpenSubject = async (world, { nameLength = 20, cached = false }) => {
  const application = await startCounting(world, { updateInterval: 600_000 });
  const { counters, dataSource, close } = application;
  const memory = await watchMemory(world.redis.url);
  const used = async (): Promise<number> => {
    await sleep(300);
    return memory.used();
  };
  const slices = [...slicesOfNames(Number(nameLength))];
  // so that every partition is there
  await counters.incrMany(Array.from({ length: 100 }, (_, index) => ({ name: `first:${index}` })));
  await counters.flush();
  if (cached === true) {
    await dataSource.query(
      `INSERT INTO fast_counter (namespace, name, value, created_at, updated_at)
       SELECT $1, unnest($2::text[]), 4711, now(), now()`,
      [world.namespace, slices.flat()],
    );
    await dataSource.query('VACUUM ANALYZE fast_counter');
  }
  return {
    async run(_task, clock) {
      const before = await used();
      clock.begin();
      for (const names of slices) {
        if (cached === true) await counters.getCounts(names);
        else await counters.incrMany(names.map((name) => ({ name })));
      }
      const seconds = clock.end();
      const bytes = (await used()) - before;
      return { operations: COUNTERS, seconds, extra: { bytesPerCounter: bytes / COUNTERS } };
    },
    settle: () => counters.flush(),
    close: async () => {
      await memory.close();
      await close();
    },
  };
};

/** What a connection takes in Redis. */
export const redisConnection: OpenSubject = async ({ redis: { url } }) => {
  const redis = createClient({ url });
  await redis.connect();
  const used = async (): Promise<number> =>
    Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  return {
    async run(_task, clock) {
      const before = await used();
      clock.begin();
      const all = Array.from({ length: CONNECTIONS }, () => createClient({ url }));
      for (const one of all) await one.connect();
      const seconds = clock.end();
      const bytes = (await used()) - before;
      for (const one of all) one.destroy();
      return { operations: 1, seconds, extra: { bytesPerCounter: bytes / CONNECTIONS } };
    },
    close: () => {
      redis.destroy();
      return Promise.resolve();
    },
  };
};

/** What a counter takes in PostgreSQL, with its place in the primary key, after it was updated so many times. */
export const databaseSize: OpenSubject = async (world, { nameLength = 20, updates = 0 }) => {
  const { counters, dataSource, close } = await startCounting(world, { updateInterval: 600_000 });
  return {
    async run(_task, clock) {
      clock.begin();
      for (let round = 0; round <= Number(updates); round++) {
        for (const names of slicesOfNames(Number(nameLength))) {
          await counters.incrMany(names.map((name) => ({ name })));
          await counters.flush();
        }
      }
      const seconds = clock.end();
      const [size] = await dataSource.query<{ bytes: string }[]>(
        "SELECT pg_total_relation_size('fast_counter') AS bytes",
      );
      return {
        operations: COUNTERS,
        seconds,
        extra: { bytesPerCounter: Number(size?.bytes) / COUNTERS },
      };
    },
    close,
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
