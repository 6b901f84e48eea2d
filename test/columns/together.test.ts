import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { fastCounterEntities } from '../../lib/index.js';
import { openCounterStore } from '../../lib/database/open-counter-store.js';
import { codeBlocks, readDocument } from '../docs/markdown.js';
import { batch } from '../persistence/databases.js';
import { Article, COLUMNS, databaseOf, Download, ENTITIES, ENGINES } from './applications.js';

const NAMESPACES = { counters: 'store', ledger: 'store' };
const CODES_OF_CONFLICTS: readonly unknown[] = ['40P01', 'ER_LOCK_DEADLOCK'];

async function open(options: object): Promise<DataSource> {
  const entities = [...ENTITIES, ...fastCounterEntities];
  const dataSource = new DataSource({ ...options, entities } as unknown as DataSourceOptions);
  await dataSource.initialize();
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

async function opened(engine: (typeof ENGINES)[number]) {
  const options = await databaseOf(engine);
  const dataSource = await open(options);
  if (engine === 'postgres') {
    // conflicts are found at once
    const [{ name }] = await dataSource.query<[{ name: string }]>(
      'SELECT current_database() AS name',
    );
    await dataSource.query(`ALTER DATABASE ${name} SET deadlock_timeout = '20ms'`);
  }
  // a database in memory is that of its connection
  const other = engine === 'sqljs' ? dataSource : await open({ ...options, synchronize: false });
  return { store: openCounterStore(other, NAMESPACES, 5000, COLUMNS), dataSource };
}

const articles = async ({
  manager,
}: DataSource): Promise<Record<number, [number | null, number]>> =>
  Object.fromEntries(
    (await manager.find(Article)).map(({ id, views, likes }) => [id, [views, Number(likes)]]),
  );

/** A transaction of the application; ends with the test. */
async function transaction(dataSource: DataSource): Promise<QueryRunner> {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  onTestFinished(() => runner.release());
  return runner;
}

const add = (runner: QueryRunner, id: number): Promise<unknown> =>
  runner.query(`UPDATE article SET likes = likes + 1 WHERE id = ${id}`);

describe.each(ENGINES)('a batch with columns, on %s', (engine) => {
  test('adds once, however often it comes', async () => {
    const { store, dataSource } = await opened(engine);
    const first = batch(1, { 'articles:1:views': 5, 'articles:9:views': 1 });
    await dataSource.manager.insert(Article, { id: 1, views: 1 });
    expect(await store.apply(0, first)).toMatchObject({
      status: 'applied',
      missed: [{ column: 'Article.views', counters: ['articles:9:views'] }],
    });
    expect(await store.apply(0, first)).toMatchObject({ status: 'repeated' });
    expect(await store.apply(0, batch(1, { 'articles:1:views': 7 }))).toMatchObject({
      status: 'superseded',
    });
    expect(await articles(dataSource)).toEqual({ 1: [6, 0] });
  });
});

describe('a batch with columns', () => {
  let made: Awaited<ReturnType<typeof opened>>;
  beforeEach(async () => {
    made = await opened('postgres');
    await made.dataSource.manager.insert(
      Article,
      [1, 2, 3].map((id) => ({ id, views: 0 })),
    );
  });
  const all = { 'articles:1:views': 1, 'articles:2:views': 1, 'articles:3:views': 1 };

  test('whose connection ends when columns are written is repeated as a whole', async () => {
    const { store, dataSource } = made;
    await dataSource.manager.insert(Download, { id: '1' });
    const holder = await transaction(dataSource);
    await holder.query('SELECT 1 FROM download WHERE id = 1 FOR UPDATE');
    // articles are written by then, and the next table is waited for
    const waiting = store.apply(0, batch(1, { ...all, 'downloads:1': 4 }));
    waiting.catch(() => undefined);
    const pid = await waitingProcess(dataSource);
    await dataSource.query(`SELECT pg_terminate_backend(${pid})`);
    await expect(waiting).rejects.toThrow();
    await holder.commitTransaction();
    expect(await articles(dataSource)).toEqual({ 1: [0, 0], 2: [0, 0], 3: [0, 0] });
    const again = batch(1, { ...all, 'downloads:1': 4 });
    expect(await store.apply(0, again)).toMatchObject({ status: 'applied' });
    expect(await articles(dataSource)).toEqual({ 1: [1, 0], 2: [1, 0], 3: [1, 0] });
  });

  test('that the database ends for a deadlock is repeated by the store', async () => {
    const { store, dataSource } = made;
    const [second, third] = [await transaction(dataSource), await transaction(dataSource)];
    await add(second, 2);
    await add(third, 3);
    // it has the first row, and waits for the second
    const applied = store.apply(0, batch(1, all));
    await waitingProcess(dataSource);
    const first = add(third, 1);
    await sleep(200);
    // now it waits for the third row, whose transaction waits for the first: the last to wait is ended
    await second.commitTransaction();
    await first;
    await third.commitTransaction();
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(await articles(dataSource)).toEqual({ 1: [1, 1], 2: [1, 1], 3: [1, 1] });
  });

  test('waits for a row that is locked, and fails as a whole when it waits for too long', async () => {
    const { dataSource } = made;
    const impatient = openCounterStore(dataSource, NAMESPACES, 2000, COLUMNS);
    const holder = await transaction(dataSource);
    await add(holder, 2);
    await expect(impatient.apply(0, batch(1, all))).rejects.toThrow(
      /another transaction|lock timeout/,
    );
    await holder.commitTransaction();
    expect(await impatient.apply(0, batch(1, all))).toMatchObject({ status: 'applied' });
    expect(await articles(dataSource)).toEqual({ 1: [1, 0], 2: [1, 1], 3: [1, 0] });
  });

  test('does not keep rows waiting that refer to the one it adds to', async () => {
    const { store, dataSource } = made;
    await dataSource.query('CREATE TABLE remark (article integer REFERENCES article(id))');
    const remark = await transaction(dataSource);
    await remark.query('INSERT INTO remark VALUES (2)');
    expect(await store.apply(0, batch(1, all))).toMatchObject({ status: 'applied' });
    await remark.commitTransaction();
  });

  test('leaves out what a constraint would refuse at the commit', async () => {
    const { store, dataSource } = made;
    await dataSource.query(`CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = 2 THEN RAISE EXCEPTION 'too late'; END IF; RETURN NULL; END $$`);
    await dataSource.query(`CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON article
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()`);
    expect(await store.apply(0, batch(1, all))).toMatchObject({
      status: 'applied',
      missed: [{ counters: ['articles:2:views'], error: 'too late' }],
    });
    expect(await articles(dataSource)).toEqual({ 1: [1, 0], 2: [0, 0], 3: [1, 0] });
  });
});

/** What the guide has for PostgreSQL, and for MariaDB and MySQL: to fill a column, and to list by a JOIN. */
function statementsOfGuide(engine: 'postgres' | 'mariadb'): { fill: string[]; list: string } {
  const guide = 'docs/guides/sorting.md';
  const blocks = codeBlocks(guide)
    .filter(({ language }) => language === 'sql')
    .map(({ code }) => code);
  const [fill = '', fillMysql = '', list = ''] = blocks;
  expect(blocks).toHaveLength(3);
  if (engine === 'postgres') return { fill: [fill], list };
  const spelling = /write `(?<ours>[^`]+)` for `(?<theirs>[^`]+)`/.exec(readDocument(guide));
  const { ours = '', theirs = '' } = spelling?.groups ?? {};
  expect(list).toContain(theirs);
  const statements = fillMysql.split(';').filter((text) => text.trim() !== '');
  return { fill: statements, list: list.replace(theirs, ours) };
}

/** Runs all of them on one connection, and again where the database ended it for a deadlock. */
async function runTogether(dataSource: DataSource, statements: string[]): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    for (const statement of statements) await runner.query(statement);
  } catch (error) {
    await runner.query('ROLLBACK');
    if (!CODES_OF_CONFLICTS.includes((error as { code?: unknown }).code)) throw error;
    await runTogether(dataSource, statements);
  } finally {
    await runner.release();
  }
}

test.each(['postgres', 'mariadb'] as const)(
  'the statements of the guide fill a column while batches come, and list by it, on %s',
  async (engine) => {
    const { dataSource } = await opened(engine);
    const all = { counters: 'default', ledger: 'default' };
    const rules = [{ counters: 'views:{id}', entity: () => Article, column: 'views' }];
    const without = openCounterStore(dataSource, all);
    const store = openCounterStore(dataSource, all, 5000, rules);
    const { fill, list } = statementsOfGuide(engine);
    await dataSource.manager.insert(
      Article,
      [1, 2, 3].map((id) => ({ id, views: 0 })),
    );
    await without.apply(0, batch(1, { 'views:1': 5, 'views:2': 100 }));
    const batches = async (): Promise<void> => {
      for (let seq = 2; seq <= 20; seq++) {
        await store.apply(0, batch(seq, { 'views:1': 2, 'views:2': 1 }));
      }
    };
    const fills = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) await runTogether(dataSource, fill);
    };
    await Promise.all([batches(), fills()]);
    expect(await articles(dataSource)).toEqual({ 1: [43, 0], 2: [119, 0], 3: [0, 0] });
    expect(await dataSource.query(list)).toEqual([
      { id: 2, views: '119' },
      { id: 1, views: '43' },
      { id: 3, views: '0' },
    ]);
  },
);

describe.each(['postgres', 'mariadb'] as const)(
  'beside updates of the application, on %s',
  (engine) => {
    test('that lock the same rows in another order, nothing is lost or twice', async () => {
      const { store, dataSource } = await opened(engine);
      const ids = [1, 2, 3, 4, 5, 6];
      await dataSource.manager.insert(
        Article,
        ids.map((id) => ({ id, views: 0 })),
      );
      let isOver = false;
      let updates = 0;
      let conflicts = 0;
      const application = async (): Promise<void> => {
        while (!isOver) {
          try {
            await dataSource.transaction(async ({ queryRunner }) => {
              for (const id of [6, 4, 2, 5, 3, 1]) if (queryRunner) await add(queryRunner, id);
            });
            updates++;
          } catch (error) {
            if (!CODES_OF_CONFLICTS.includes((error as { code?: unknown }).code)) throw error;
            conflicts++;
          }
        }
      };
      const applications = [application(), application()];
      // partitions of one store have the same rows, of two columns
      const counters = async (partition: number, column: string): Promise<number> => {
        const deltas = Object.fromEntries(ids.map((id) => [`articles:${id}:${column}`, 1]));
        let applied = 0;
        for (let seq = 1; seq <= 15; seq++) {
          const given = batch(seq, deltas);
          // as the worker does: a batch that failed comes again
          while ((await store.apply(partition, given).catch(() => undefined)) === undefined);
          applied++;
        }
        return applied;
      };
      const applied = await Promise.all([counters(0, 'views'), counters(1, 'likes')]);
      isOver = true;
      await Promise.all(applications);
      expect(applied).toEqual([15, 15]);
      expect(updates + conflicts).toBeGreaterThan(2);
      const expected = ids.map((id) => [id, [15, updates + 15]]);
      expect(await articles(dataSource)).toEqual(Object.fromEntries(expected));
    });
  },
);

/** The process of the server that waits for a lock. */
async function waitingProcess(dataSource: DataSource): Promise<string> {
  for (;;) {
    const [found] = await dataSource.query<{ pid: string }[]>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (found !== undefined) return found.pid;
    await sleep(10);
  }
}
