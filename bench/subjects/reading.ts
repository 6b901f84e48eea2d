import { createClient } from '@keyv/redis';
import pg from 'pg';
import { counterName } from '../measure/names.js';
import { oneByOne } from '../measure/turns.js';
import type { OpenSubject, World } from '../subject.js';
import { startCounting } from './application.js';

const NAMES = 1000;
/** Sets of names: each is read once while it is cold, then all are made cold again. */
const SETS = 20;

const namesOf = (set: number): string[] =>
  Array.from({ length: NAMES }, (_, index) => counterName(set * NAMES + index));

/** `getCounts()` of a thousand counters that have rows; `cold`: without a cached base. */
export const getCounts: OpenSubject = async (world, { cold }) => {
  const { counters, dataSource, close } = await startCounting(world);
  const all = Array.from({ length: SETS }, (_, set) => namesOf(set));
  await dataSource.query(
    `INSERT INTO fast_counter (namespace, name, value, created_at, updated_at)
     SELECT $1, unnest($2::text[]), 4711, now(), now()`,
    [world.namespace, all.flat()],
  );
  await dataSource.query('VACUUM ANALYZE fast_counter');
  // so that every partition is seeded
  await counters.incrMany(namesOf(SETS).map((name) => ({ name })));
  await counters.flush();
  const redis = await connect(world);
  let set = 0;
  const makeCold = async (): Promise<void> => {
    if (++set < SETS) return;
    set = 0;
    const bases = await redis.keys(`fastcounter:{${world.namespace}:*::*bases`);
    for (let i = 0; i < bases.length; i += NAMES) await redis.del(bases.slice(i, i + NAMES));
  };
  return {
    run: (task, clock) =>
      oneByOne(
        () => counters.getCounts(all[set] ?? []),
        task,
        clock,
        cold === true ? makeCold : undefined,
      ),
    close: async () => {
      redis.destroy();
      await close();
    },
  };
};

/** One MGET of a thousand; with `select`, one SELECT of as many rows behind it. */
export const mget: OpenSubject = async (world, { select }) => {
  const redis = await connect(world);
  const names = namesOf(0);
  const keys = names.map((name) => `${world.namespace}:${name}`);
  await redis.mSet(Object.fromEntries(keys.map((key) => [key, '4711'])));
  const pool = new pg.Pool({ connectionString: world.postgres.url, max: 1 });
  await pool.query('CREATE TABLE counter (name varchar(191) PRIMARY KEY, value bigint NOT NULL)');
  const all = Array.from({ length: SETS }, (_, set) => namesOf(set)).flat();
  await pool.query('INSERT INTO counter SELECT unnest($1::text[]), 4711', [all]);
  await pool.query('VACUUM ANALYZE counter');
  const text = 'SELECT name, value FROM counter WHERE name = ANY($1::text[])';
  return {
    run: (task, clock) =>
      oneByOne(
        async () => {
          await redis.mGet(keys);
          if (select === true) await pool.query({ name: 'read', text, values: [names] });
        },
        task,
        clock,
      ),
    close: async () => {
      redis.destroy();
      await pool.end();
    },
  };
};

async function connect({ redis }: World) {
  const client = createClient({ url: redis.url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  return client;
}
