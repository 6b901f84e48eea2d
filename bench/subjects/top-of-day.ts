import pg from 'pg';
import { counterName } from '../measure/names.js';
import { oneByOne } from '../measure/turns.js';
import type { OpenSubject, World } from '../subject.js';
import { startCounting } from './application.js';

const COUNTERS = 1_000_000;
/** Counters whose last increment waits in Redis. */
const WAITING = 1000;
const LIMIT = 100;
const DAY = 86_400_000;

/** `MeteringService.top()`; `indexed`: with the index of docs/metering.md. */
export const topOfDay: OpenSubject = async (world, { indexed }) => {
  const { counters, metering, close } = await startCounting(world, { updateInterval: 600_000 });
  const day = startOfDay();
  await fill(world, day, indexed === true);
  const step = COUNTERS / WAITING;
  await counters.incrMany(
    Array.from({ length: WAITING }, (_, index) => ({
      name: counterName(index * step),
      windows: ['day'] as const,
    })),
  );
  // of this day, also when another one has begun
  const asked = { prefix: 'views:', window: 'day', from: day, to: day + 1, limit: LIMIT } as const;
  return {
    run: (task, clock) => oneByOne(() => metering.top(asked), task, clock),
    close,
  };
};

/** One statement over the same rows: it knows of nothing that waits in Redis. */
export const orderByValue: OpenSubject = async (world, { indexed }) => {
  const { close } = await startCounting(world);
  await close();
  const day = startOfDay();
  await fill(world, day, indexed === true);
  const client = await connect(world);
  const text = `SELECT name, value FROM fast_counter_bucket
    WHERE namespace = $1 AND time_window = 'day' AND starts_at = $2 ORDER BY value DESC LIMIT ${LIMIT}`;
  const values = [world.namespace, new Date(day)];
  return {
    run: (task, clock) => oneByOne(() => client.query({ name: 'top', text, values }), task, clock),
    close: () => client.end(),
  };
};

/** In UTC. */
const startOfDay = (): number => Math.floor(Date.now() / DAY) * DAY;

/** As the views of pages are: the first one has a million, the second half of that, most of them one. */
async function fill(world: World, day: number, indexed: boolean): Promise<void> {
  const client = await connect(world);
  await client.query(
    `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at)
     SELECT $1, 'views:article:' || lpad(rank::text, 6, '0'), 'day', $2::timestamptz, ${COUNTERS} / (rank + 1), now()
       FROM (SELECT generate_series(0, ${COUNTERS} - 1) AS rank ORDER BY random()) AS ranks`,
    [world.namespace, new Date(day)],
  );
  if (indexed) {
    await client.query(
      `CREATE INDEX fast_counter_bucket_by_value
         ON fast_counter_bucket (namespace, time_window, starts_at, value, name)`,
    );
  }
  await client.query('VACUUM ANALYZE fast_counter_bucket');
  await client.end();
}

async function connect({ postgres }: World): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  return client;
}
