import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApplicationOptions, MODES, startApplication } from '../support/application.js';
import { plain, surroundBy } from '../support/surroundings.js';

/** An application whose data source has so many connections, and a way to hold them all. */
async function start(max: number, options: ApplicationOptions = {}) {
  surroundBy({ ...plain, settings: () => ({ extra: { max } }) });
  const application = await startApplication(options);
  onTestFinished(application.close);
  const own = application.app.get<DataSource>(getDataSourceToken());
  const rejected: unknown[] = [];
  application.events.on('rejected', ({ error }) => rejected.push(error));
  /** Each call inside a transaction of its own, when all of these have begun. */
  const inside = async <Answer>(
    call: (place: number, manager: EntityManager) => Promise<Answer>,
  ): Promise<Answer[]> => {
    let begun = 0;
    let all = (): void => undefined;
    const together = new Promise<void>((resolve) => (all = resolve));
    return Promise.all(
      Array.from({ length: max }, (_, place) =>
        own.transaction(async (manager) => {
          await manager.query('SELECT 1');
          if (++begun === max) all();
          await together;
          return call(place, manager);
        }),
      ),
    );
  };
  return { ...application, inside, rejected };
}

describe.each(MODES)('requests that hold all connections of the data source, %s', (mode) => {
  test('count at once after a start, and nothing is unknown', async () => {
    const { counters, inside, rejected } = await start(10, { mode });
    await inside((place) => counters.incr(`visits-${place}`));
    expect(rejected).toEqual([]);
    expect(await counters.getCount('visits-3')).toBe(1);
  });

  test('count under newCounterLimits', async () => {
    const newCounterLimits = [{ prefix: '', limit: 100 }];
    const { counters, inside, rejected } = await start(10, { mode, newCounterLimits });
    await inside((place) => counters.incr(`new-${place}`));
    expect(rejected).toEqual([]);
    expect(await counters.getCount('new-9')).toBe(1);
  });

  test('are answered totals that are not cached', async () => {
    const { counters, inside } = await start(10, { mode });
    expect(await inside((place) => counters.incrAndGet(`total-${place}`, 2))).toEqual(
      Array.from({ length: 10 }, () => 2),
    );
    const read = await inside((place) => counters.getCount(`other-${place}`));
    expect(new Set(read)).toEqual(new Set([0]));
  });

  test('may be one request that holds the only connection', async () => {
    const { counters, inside } = await start(1, { mode });
    expect(await inside(() => counters.getCount('lonely'))).toEqual([0]);
    expect(await inside(() => counters.list())).toEqual([[]]);
  });
});

test.each(MODES)(
  'an increment stays when the transaction around it is rolled back: %s',
  async (mode) => {
    const { counters, inside, row } = await start(1, { mode });
    const failing = inside(async () => {
      await counters.incr('stays', 3);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await counters.getCount('stays')).toBe(3);
    await counters.flush();
    expect(await row('stays')).toBe(3n);
  },
);

test('the further connections are given back', async () => {
  const { counters, inside, dataSource } = await start(2);
  const connections = async (): Promise<number> => {
    const [found] = await dataSource.query<{ own: string }[]>(
      `SELECT count(*) AS own FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = '' AND pid <> pg_backend_pid()`,
    );
    return Number(found?.own);
  };
  await inside((place) => counters.incrAndGet(`a-${place}`));
  await expect.poll(connections).toBeLessThanOrEqual(2);
});

test('where the server has no other connection, the error says why', async () => {
  const { counters, inside, asOwner, databaseUrl, dataSource } = await start(1, {
    databaseTimeout: 1000,
  });
  const database = new URL(databaseUrl).pathname.slice(1);
  await dataSource.destroy();
  await asOwner(`ALTER DATABASE "${database}" CONNECTION LIMIT 1`);
  const read = inside(async (_, manager) => {
    // the start may have needed a further connection, which stays open for a while
    const open = async (): Promise<unknown> => {
      // otherwise a transaction sees what it saw first
      await manager.query('SELECT pg_stat_clear_snapshot()');
      return manager.query(
        'SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database()',
      );
    };
    await expect.poll(open, { timeout: 30_000 }).toEqual([{ open: 1 }]);
    return counters.getCount('a');
  });
  await expect(read).rejects.toThrow(
    /no connection within 1000 ms: all 1 connections of its pool are in use/,
  );
});
