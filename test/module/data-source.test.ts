import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, test } from 'vitest';
import {
  CounterService,
  FastCounterModule,
  fastCounterEntities,
  InvalidOptionsError,
} from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';
import { tablesOf } from '../support/tables.js';

const tables = async (dataSource: DataSource): Promise<string[]> => {
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

// @nestjs/typeorm remembers per process which entities belong to which data source: each test names its own
describe('the data source', () => {
  test.each([
    ['forRoot()', () => FastCounterModule.forRoot({ dataSource: 'counts' })],
    [
      'forRootAsync()',
      () => FastCounterModule.forRootAsync({ dataSource: 'counts', useFactory: () => ({}) }),
    ],
  ])('that %s names has the tables, and no other has', async (_case, make) => {
    const imports = [await database(), await database({ name: 'counts' }), make()];
    const app = await start({ imports });
    const counters = app.get(CounterService);
    await counters.incr('elsewhere', 3);
    await counters.flush();
    const counts = app.get<DataSource>(getDataSourceToken('counts'));
    expect(await tables(counts)).toEqual(tablesOf());
    expect(await counts.query('SELECT name, value FROM fast_counter')).toEqual([
      { name: 'elsewhere', value: '3' },
    ]);
    expect(await tables(app.get(getDataSourceToken()))).toEqual([]);
    expect(await counters.list()).toMatchObject([{ name: 'elsewhere', value: 3 }]);
  });

  test('that does not exist keeps the application from starting', async () => {
    const imports = [await database(), FastCounterModule.forRoot({ dataSource: 'missing' })];
    await expect(start({ imports })).rejects.toThrow('missingDataSource');
  });

  test('may have the entities in a list instead of autoLoadEntities', async () => {
    const listed = await database({
      name: 'listed',
      autoLoadEntities: false,
      entities: [...fastCounterEntities],
    });
    const app = await start({
      imports: [listed, FastCounterModule.forRoot({ dataSource: 'listed' })],
    });
    const counters = app.get(CounterService);
    await counters.incr('listed', 4);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'listed', value: 4 }]);
  });

  test('without the entities fails at start-up, and not at the first increment', async () => {
    const bare = await database({ name: 'bare', autoLoadEntities: false });
    const imports = [bare, FastCounterModule.forRoot({ dataSource: 'bare' })];
    await expect(start({ imports })).rejects.toThrow(/Counter/);
  });

  test.each(fastCounterEntities)('without autoLoadEntities needs %o', async (missing) => {
    const partial = await database({
      name: 'partial',
      autoLoadEntities: false,
      entities: fastCounterEntities.filter((entity) => entity !== missing),
    });
    const imports = [partial, FastCounterModule.forRoot({ dataSource: 'partial' })];
    await expect(start({ imports })).rejects.toThrow(`the entity ${missing.name}:`);
  });

  test('of an unsupported type is refused, by its type', () => {
    // a driver of no use stands in for the package, which is not installed
    const options = { type: 'mssql', driver: {}, entities: fastCounterEntities };
    const dataSource = new DataSource(options as DataSourceOptions);
    const make = (): SqlCounterStore =>
      new SqlCounterStore(dataSource, { counters: 'default', ledger: 'default' });
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow('"mssql"');
    expect(make).toThrow('postgres');
  });
});

test.each(['redis', 'embedded'])(
  'a data source that the application initializes itself is used from then on: %s',
  async (mode) => {
    const url = await freshDatabase();
    const namespace = freshNamespace();
    const options = mode === 'redis' ? { redis: redis(), namespace } : { namespace };
    const counting = FastCounterModule.forRoot({ ...options, updateInterval: 0 });
    const app = await start({
      imports: [await database({ url, manualInitialization: true }), counting],
    });
    const counters = app.get(CounterService);
    const counted = counters.incr('late', 3);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    expect(dataSource.isInitialized).toBe(false);
    await dataSource.initialize();
    await counted;
    expect(await counters.incrAndGet('late', 4)).toBe(7);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'late', value: 7 }]);
  },
);
