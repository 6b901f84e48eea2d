import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_STORE,
  CounterService,
  type CounterStore,
  type CountingTransaction,
  FastCounterModule,
  InvalidArgumentError,
  MeteringService,
} from '../../lib/index.js';
import { MODES, type Mode } from '../support/application.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { sqliteOptions } from '../support/sqlite.js';

const ENGINES: readonly [name: string, options: () => Promise<TypeOrmModuleOptions>][] = [
  [
    'PostgreSQL',
    async () => ({ type: 'postgres', url: await createDatabase(inject('databaseUrl')) }),
  ],
  [
    'MariaDB',
    async () => ({
      ...{ type: 'mariadb', url: await createMariadbDatabase(inject('mariadbUrl')), timezone: 'Z' },
    }),
  ],
  ['SQLite', () => Promise.resolve(sqliteOptions('sqljs'))],
];

async function start(mode: Mode, options: TypeOrmModuleOptions) {
  @Module({})
  class ApplicationModule {}
  const redis = mode === 'redis' ? inject('redisUrl') : undefined;
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot({
          ...options,
          ...{ autoLoadEntities: true, synchronize: true, retryAttempts: 0 },
        }),
        FastCounterModule.forRoot({ redis, namespace, sweepInterval: 1000 }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  const dataSource = app.get(DataSource);
  await dataSource.query('CREATE TABLE note (text varchar(40))');
  const [counters, metering] = [app.get(CounterService), app.get(MeteringService)];
  const rows = async (): Promise<number> => {
    const found: unknown[] = await dataSource.query(
      `SELECT id FROM fast_counter_outbox WHERE namespace = '${namespace}'`,
    );
    return found.length;
  };
  return { app, namespace, dataSource, counters, metering, rows };
}

type Started = Awaited<ReturnType<typeof start>>;

const note = (manager: EntityManager, text: string): Promise<unknown> =>
  manager.query(`INSERT INTO note VALUES ('${text}')`);

describe.each(
  ENGINES.flatMap(([name, options]) => MODES.map((mode) => [name, mode, options] as const)),
)('an increment in a transaction, on %s, %s', (_, mode, options) => {
  let started: Started;
  beforeAll(async () => {
    started = await start(mode, await options());
  });
  afterAll(() => started.app.close());

  test('counts once when the transaction is committed, and not before', async () => {
    const { counters, dataSource, rows } = started;
    let before: number | undefined;
    await dataSource.transaction(async (manager) => {
      await note(manager, 'committed');
      await counters.incr('orders', 2, { transaction: manager });
      await counters.incrMany([
        { name: 'revenue', delta: 4200n, transaction: manager },
        { name: 'orders', transaction: manager },
        { name: 'tries' },
      ]);
      before = await counters.getCount('orders');
    });
    expect(before).toBe(0);
    await expect.poll(() => counters.getCount('orders')).toBe(3);
    expect(await counters.getCounts(['revenue', 'tries'])).toEqual([4200, 1]);
    await expect.poll(rows).toBe(0);
    await counters.flush();
    expect(await counters.list({ prefix: 'o' })).toMatchObject([{ name: 'orders', value: 3 }]);
  });

  test('is gone when the transaction is rolled back, or only the part that it was in', async () => {
    const { counters, dataSource, rows } = started;
    const undone = dataSource.transaction(async (manager) => {
      await counters.incr('undone', 1, { transaction: manager });
      throw new Error('taken back');
    });
    await expect(undone).rejects.toThrow('taken back');
    await dataSource.transaction(async (manager) => {
      await counters.incr('kept', 1, { transaction: manager });
      const nested = manager.transaction(async (inner) => {
        await counters.incr('undone', 1, { transaction: inner });
        throw new Error('the inner one');
      });
      await expect(nested).rejects.toThrow('the inner one');
    });
    await counters.flush();
    expect(await counters.getCounts(['kept', 'undone'])).toEqual([1, 0]);
    expect(await rows()).toBe(0);
  });

  test('counts in windows, in dimensions, at its own interval, and beyond 2^53', async () => {
    const { counters, metering, dataSource } = started;
    await dataSource.transaction(async (manager) => {
      const dimensions = { tenant: 'größe 😀' };
      const windows = ['hour', 'day'] as const;
      await metering.record('calls', 2n ** 60n + 1n, { dimensions, windows, transaction: manager });
      await counters.incr('at once', 1, { updateInterval: 0, transaction: manager });
    });
    const total = () => metering.total('calls', { tenant: 'größe 😀' }, { bigint: true });
    await expect.poll(total).toBe(2n ** 60n + 1n);
    await expect
      .poll(() => counters.list({ prefix: 'at once' }))
      .toMatchObject([{ name: 'at once', value: 1 }]);
    const options = { window: 'day', from: Date.now() - 1, to: Date.now() + 1 } as const;
    const days = await metering.series('calls', { ...options, bigint: true });
    expect(days.reduce((sum, { value }) => sum + value, 0n)).toBe(2n ** 60n + 1n);
  });

  test('counts where the process that wrote it ended before: another one finds it', async () => {
    const { counters, dataSource, namespace, rows } = started;
    await dataSource.query(
      `INSERT INTO fast_counter_outbox VALUES ('${namespace}', '0-left', 'left', 7, '-', -1, '2026-01-01 00:00:00.000', '2026-01-01 00:00:00.000', '', '')`,
    );
    await expect.poll(() => counters.getCount('left')).toBe(7);
    await expect.poll(rows).toBe(0);
  });

  test('is left to the process that counts it at the moment', async () => {
    const { counters, dataSource, namespace, rows } = started;
    const now = dataSource.options.type === 'mariadb' ? 'UTC_TIMESTAMP(3)' : 'CURRENT_TIMESTAMP';
    await dataSource.query(
      `INSERT INTO fast_counter_outbox VALUES ('${namespace}', '0-elsewhere', 'elsewhere', 1, '-', -1, '2026-01-01 00:00:00.000', ${now}, 'elsewhere', ''),
                ('${namespace}', '1-behind', 'behind', 1, '-', -1, '2026-01-01 00:00:00.000', '2026-01-01 00:00:00.000', '', '')`,
    );
    let isSettled = false;
    const settled = counters.rename('behind', 'elsewhere').then(() => (isSettled = true));
    await expect.poll(rows).toBe(1);
    expect((await counters.status()).outbox).toMatchObject({ waiting: 1, refused: 0 });
    expect(isSettled).toBe(false);
    // as that process does when it has counted
    await dataSource.query(`DELETE FROM fast_counter_outbox WHERE id = '0-elsewhere'`);
    await settled;
    await expect.poll(() => counters.getCount('elsewhere')).toBe(1);
    await expect.poll(rows).toBe(0);
  });

  test('waits for an operator where it is not known whether it was counted, or never can be', async () => {
    const { counters, dataSource, namespace } = started;
    await dataSource.query(
      `INSERT INTO fast_counter_outbox VALUES ('${namespace}', '1-elsewhere', 'unknown', 1, '-', -1, '2026-01-01 00:00:00.000', '2026-01-01 00:00:00.000', 'elsewhere', ''),
                ('${namespace}', '2-wrong', 'unknown', 1, 'fortnight', -1, '2026-01-01 00:00:00.000', '2026-01-01 00:00:00.000', '', '')`,
    );
    await expect.poll(async () => (await counters.status()).outbox?.refused).toBe(2);
    const { problems, outbox } = await counters.status();
    expect(outbox).toMatchObject({ waiting: 0, refused: 2 });
    expect(problems).toMatchObject([{ code: 'FC-OUTBOX', severity: 'high' }]);
    const found: { refused: string }[] = await dataSource.query(
      'SELECT refused FROM fast_counter_outbox ORDER BY id',
    );
    expect(found.map(({ refused }) => refused)).toEqual([
      expect.stringMatching(/^It is not known whether this was counted/),
      expect.stringMatching(/minute, hour, day, month, week, not "fortnight"/),
    ]);
    expect(await counters.getCount('unknown')).toBe(0);
    // as the text says
    await dataSource.query(
      `UPDATE fast_counter_outbox SET refused = '', taken_by = '' WHERE id = '1-elsewhere'`,
    );
    await dataSource.query(`DELETE FROM fast_counter_outbox WHERE id = '2-wrong'`);
    await expect.poll(() => counters.getCount('unknown')).toBe(1);
    await expect.poll(async () => (await counters.status()).problems).toEqual([]);
  });

  test('is refused in words where there is no transaction, and nothing is counted', async () => {
    const { counters, dataSource } = started;
    const attempt = (transaction: unknown, more = {}): Promise<void> =>
      counters.incr('never', 1, { transaction: transaction as CountingTransaction, ...more });
    await expect(attempt(dataSource.manager)).rejects.toThrow(
      /must be the EntityManager of a trans/,
    );
    await expect(attempt('mine')).rejects.toThrow(InvalidArgumentError);
    await expect(attempt({})).rejects.toThrow(/not /);
    const runner = dataSource.createQueryRunner();
    await expect(attempt(runner)).rejects.toThrow(/has no transaction open/);
    await runner.startTransaction();
    await expect(attempt(runner, { idempotencyKey: 'a' })).rejects.toThrow(/exclude each other/);
    await expect(attempt(runner)).resolves.toBeUndefined();
    await runner.rollbackTransaction();
    await runner.release();
    expect(await counters.getCount('never')).toBe(0);
  });
});

test('a row is not looked for again and again where the connection of its transaction broke', async () => {
  const url = await createDatabase(inject('databaseUrl'));
  const { app, counters, dataSource } = await start('embedded', { type: 'postgres', url });
  onTestFinished(() => app.close());
  const { outbox } = app.get<CounterStore>(COUNTER_STORE);
  const add = vi.spyOn(outbox, 'add');
  const broken = dataSource.transaction(async (manager) => {
    await counters.incr('broken', 1, { transaction: manager });
    const [own] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await dataSource.query('SELECT pg_terminate_backend($1)', [own?.pid]);
    await note(manager, 'broken');
  });
  await expect(broken).rejects.toThrow();
  const isOpen = await (add.mock.results[0]?.value as ReturnType<typeof outbox.add>);
  expect(isOpen()).toBe(false);
  expect(await counters.getCount('broken')).toBe(0);
});

test('a row that was counted before its counter was deleted is not counted again behind that', async () => {
  const url = await createDatabase(inject('databaseUrl'));
  const { app, counters, dataSource, rows } = await start('redis', { type: 'postgres', url });
  onTestFinished(() => app.close());
  await counters.incr('doomed', 1);
  await counters.flush();
  // as where the process, or the database, ends between the two steps
  await dataSource.query(
    `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$ LANGUAGE plpgsql`,
  );
  await dataSource.query(
    'CREATE TRIGGER kept BEFORE DELETE ON fast_counter_outbox FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const transaction = (manager: EntityManager) =>
    counters.incr('doomed', 5, { transaction: manager });
  await dataSource.transaction(transaction);
  await expect.poll(() => counters.getCount('doomed')).toBe(6);
  expect(await rows()).toBe(1);
  await counters.delete('doomed');
  await dataSource.query('DROP TRIGGER kept ON fast_counter_outbox');
  await expect.poll(rows).toBe(0);
  expect(await counters.getCount('doomed')).toBe(0);
});

test('what is committed before the process shuts down is counted by it', async () => {
  const url = await createDatabase(inject('databaseUrl'));
  const { app, counters, dataSource } = await start('redis', { type: 'postgres', url });
  await dataSource.transaction((manager) => counters.incr('last', 5, { transaction: manager }));
  await app.close();
  const later = await new DataSource({ type: 'postgres', url }).initialize();
  const [found] = await later
    .query<{ waiting: string }[]>('SELECT count(*) AS waiting FROM fast_counter_outbox')
    .finally(() => later.destroy());
  expect(found?.waiting).toBe('0');
});
