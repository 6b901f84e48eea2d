import pg from 'pg';
import { oneByOne } from '../measure/turns.js';
import type { OpenSubject, World } from '../subject.js';
import { startCounting } from './application.js';

const PARTS = 10_000;
/** Counters of the same month that are no parts, for each part. */
const OTHERS = 2;
const NAME = 'calls';
const part = (id: number): string => `${NAME}{tenant}tenant-${String(id).padStart(5, '0')}`;

/** `MeteringService.usage()`; `waiting`: an increment of each part waits in Redis; `one`: a read of one part that is not cached, instead. */
export const usageOfMonth: OpenSubject = async (world, { waiting, one }) => {
  const { counters, metering, close } = await startCounting(world, { updateInterval: 600_000 });
  const month = startOfMonth();
  await fill(world, month);
  if (waiting === true) {
    const windows = ['month'] as const;
    await counters.incrMany(
      Array.from({ length: PARTS }, (_, id) => ({ name: part(id), windows })),
    );
  }
  // of this month, also when another one has begun
  const range = { window: 'month', from: month, to: month + 1 } as const;
  const page = { ...range, groupBy: 'tenant', limit: PARTS } as const;
  let next = 0;
  const readOne = () => {
    const tenant = `tenant-${String(next++ % PARTS).padStart(5, '0')}`;
    return metering.sum(NAME, { ...range, dimensions: { tenant } });
  };
  return {
    run: (task, clock) =>
      oneByOne(() => (one === true ? readOne() : metering.usage(NAME, page)), task, clock),
    close,
  };
};

/** One statement over the same rows: it knows of nothing that waits in Redis. */
export const partsByName: OpenSubject = async (world) => {
  const { close } = await startCounting(world);
  await close();
  const month = startOfMonth();
  await fill(world, month);
  const client = await connect(world);
  const text = `SELECT name, value FROM fast_counter_bucket
    WHERE namespace = $1 AND time_window = 'month' AND starts_at = $2 AND name >= $3 AND name < $4
    ORDER BY name LIMIT ${PARTS}`;
  const values = [world.namespace, new Date(month), `${NAME}{tenant}`, `${NAME}{tenant}~`];
  return {
    run: (task, clock) =>
      oneByOne(() => client.query({ name: 'parts', text, values }), task, clock),
    close: () => client.end(),
  };
};

/** In UTC. */
const startOfMonth = (): number => {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
};

async function fill(world: World, month: number): Promise<void> {
  const client = await connect(world);
  await client.query(
    `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at)
     SELECT $1, name || lpad(id::text, 5, '0'), 'month', $2::timestamptz, id * 7 + 1, now()
       FROM generate_series(0, ${PARTS} - 1) AS id,
         (VALUES ('${NAME}{tenant}tenant-'), ${Array.from({ length: OTHERS }, (_, other) => `('other-${other}-')`).join(', ')}) AS kinds(name)
      ORDER BY random()`,
    [world.namespace, new Date(month)],
  );
  await client.query('VACUUM ANALYZE fast_counter_bucket');
  await client.end();
}

async function connect({ postgres }: World): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  return client;
}
