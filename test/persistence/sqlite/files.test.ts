import { mkdir, readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DatabaseUnavailableError } from '../../../lib/index.js';
import { namespacesOf } from '../../../lib/database/namespaces.js';
import { SqliteCounterStore } from '../../../lib/database/sqlite/sqlite-counter-store.js';
import { mountSmallDisk } from '../../support/servers/small-disk.js';
import { betterSqlite3, ownSqlite, sqliteFile } from '../../support/sqlite.js';
import { batch, rows, storeOn } from './databases.js';

/** A second connection to the file, as another process has it, that does not wait for locks. */
async function beside(file: string): Promise<DataSource> {
  return ownSqlite('better-sqlite3', { file, tables: false, timeout: 0 });
}

describe.skipIf(betterSqlite3 === undefined)('a file of better-sqlite3', () => {
  describe.each([
    ['without WAL', {}],
    ['with WAL', { enableWAL: true }],
  ])('%s', (_, settings) => {
    test('that another process has locked is waited for, and this process goes on meanwhile', async () => {
      const file = sqliteFile();
      const dataSource = await ownSqlite('better-sqlite3', { file, ...settings });
      const other = await beside(file);
      await other.query('BEGIN IMMEDIATE');
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 10);
      onTestFinished(() => clearInterval(ticking));
      const store = storeOn(dataSource);
      const applied = store.apply(0, batch(1, { a: 5 }));
      // values can be read meanwhile
      expect((await store.read(['a'], [0])).values.size).toBe(0);
      await expect.poll(() => ticks).toBeGreaterThan(5);
      await other.query('COMMIT');
      expect(await applied).toMatchObject({ status: 'applied' });
      expect(await rows(dataSource)).toEqual([['a', '5']]);
      // the application waits for locks as before
      expect(await dataSource.query('PRAGMA busy_timeout')).toEqual([{ timeout: 5000 }]);
    });

    test('that stays locked is an outage, and the batch is added when it is over', async () => {
      const file = sqliteFile();
      const dataSource = await ownSqlite('better-sqlite3', { file, ...settings });
      const other = await beside(file);
      await other.query('BEGIN IMMEDIATE');
      const impatient = storeOn(dataSource, 200);
      const first = batch(1, { a: 5 });
      const failed = await impatient.apply(0, first).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(DatabaseUnavailableError);
      expect(failed).toMatchObject({
        message: expect.stringMatching(/not free within 200 ms: another connection/) as string,
        cause: { code: 'SQLITE_BUSY' },
      });
      await other.query('ROLLBACK');
      expect(await impatient.apply(0, first)).toMatchObject({ status: 'applied' });
    });

    test('in which another process reads for long: nothing is lost, and nobody is disturbed', async () => {
      const file = sqliteFile();
      const dataSource = await ownSqlite('better-sqlite3', { file, ...settings });
      const store = storeOn(dataSource);
      await store.apply(0, batch(1, { a: 1 }));
      const other = await beside(file);
      await other.query('BEGIN');
      expect(await rows(other)).toEqual([['a', '1']]);
      const applied = store.apply(0, batch(2, { a: 5 }));
      await sleep(50);
      expect(await rows(other)).toEqual([['a', '1']]);
      await other.query('COMMIT');
      expect(await applied).toMatchObject({ status: 'applied' });
      expect(await rows(other)).toEqual([['a', '6']]);
    });

    test('two embedded processes add to it, each by its own ledger', async () => {
      const file = sqliteFile();
      const one = await ownSqlite('better-sqlite3', { file, ...settings });
      const two = await beside(file);
      const stores = [one, two].map(
        (dataSource, id) => new SqliteCounterStore(dataSource, namespacesOf('store', `p${id}`)),
      );
      await Promise.all(
        stores.map(async (store) => {
          await store.seed(0, () => Promise.resolve('seeded'));
          for (let seq = 2; seq <= 40; seq++) {
            await store.apply(0, batch(seq, { a: 1 }));
            await sleep(0);
          }
        }),
      );
      expect(await rows(one)).toEqual([['a', '78']]);
      expect(await stores[0]?.identify()).toEqual(await stores[1]?.identify());
      expect((await stores[0]?.identify())?.place).toBe(file);
    });
  });

  test('on a full disk is an outage, and the batch is added when there is room', async ({
    skip,
  }) => {
    const { uid, gid } = userInfo();
    const disk = (await mountSmallDisk({ uid, gid })) ?? skip('this process may not mount a disk');
    const dataSource = await ownSqlite('better-sqlite3', { file: `${disk.directory}/counts` });
    onTestFinished(async () => {
      await dataSource.destroy();
      await disk.unmount();
    });
    const store = storeOn(dataSource);
    await store.apply(0, batch(1, { a: 1 }));
    await disk.fill();
    const names = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(191, '\u{1f600}'));
    const large = batch(2, Object.fromEntries(names.map((name) => [name, 1])));
    const failed = await store.apply(0, large).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DatabaseUnavailableError);
    expect((failed as Error).cause).toMatchObject({
      code: expect.stringMatching(/^SQLITE_(FULL|IOERR)/) as string,
    });
    await disk.free();
    expect(await rows(dataSource)).toEqual([['a', '1']]);
    expect(await store.apply(0, large)).toMatchObject({ status: 'applied' });
    expect(await rows(dataSource)).toHaveLength(501);
  });

  test('with Redis is for one process, until that has ended', async () => {
    const file = sqliteFile();
    const one = await ownSqlite('better-sqlite3', { file });
    const two = await beside(file);
    const [first, again, second] = [storeOn(one), storeOn(one), storeOn(two)];
    expect(await first.inspect([])).toEqual([]);
    expect(await first.inspect([])).toEqual([]);
    expect(await again.inspect([])).toEqual([]);
    const refused = [
      {
        kind: 'unusable',
        message: expect.stringContaining('with Redis one process may use it') as string,
      },
    ];
    expect(await second.inspect([])).toEqual(refused);
    first.giveUp();
    expect(await second.inspect([])).toEqual(refused);
    again.giveUp();
    expect(await second.inspect([])).toEqual([]);
    second.giveUp();
  });

  test('that is opened only to be read is refused', async () => {
    const file = sqliteFile();
    await (await ownSqlite('better-sqlite3', { file })).destroy();
    const reader = await ownSqlite('better-sqlite3', { file, tables: false, readonly: true });
    const embedded = new SqliteCounterStore(reader, namespacesOf('store', 'p'));
    expect(await embedded.inspect([])).toMatchObject([{ kind: 'unusable' }]);
    await expect(storeOn(reader).apply(0, batch(1, { a: 1 }))).rejects.toThrow(
      DatabaseUnavailableError,
    );
  });

  test('of an application that reads large numbers as bigint, or goes through rows one by one', async () => {
    const dataSource = await ownSqlite('better-sqlite3', {
      file: sqliteFile(),
      prepareDatabase: (database: { defaultSafeIntegers(): void }) =>
        database.defaultSafeIntegers(),
    });
    const store = storeOn(dataSource);
    const large = 2n ** 53n + 1n;
    await store.apply(0, batch(1, { a: large, b: 1 }));
    expect((await store.read(['a'], [0])).values.get('a')).toBe(String(large));
    const { databaseConnection } = dataSource.driver as unknown as {
      databaseConnection: { prepare(sql: string): { iterate(): IterableIterator<unknown> } };
    };
    const goingOn = databaseConnection.prepare('SELECT * FROM fast_counter').iterate();
    goingOn.next();
    const applied = store.apply(0, batch(2, { a: 1 }));
    await sleep(30);
    goingOn.return?.();
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(await dataSource.query('PRAGMA busy_timeout')).toEqual([{ timeout: 5000n }]);
  });
});

describe('a file of sql.js', () => {
  test('has each batch as soon as it is applied', async () => {
    const file = sqliteFile();
    const dataSource = await ownSqlite('sqljs', { file });
    const store = storeOn(dataSource);
    await store.apply(0, batch(1, { a: 5 }));
    const saved = await ownSqlite('sqljs', { tables: false, database: await readFile(file) });
    expect(await rows(saved)).toEqual([['a', '5']]);
  });

  test('is not written in the middle of a transaction, which that would end', async () => {
    const file = sqliteFile();
    const dataSource = await ownSqlite('sqljs', { file });
    const store = storeOn(dataSource);
    await dataSource.query('CREATE TABLE note (text varchar)');
    const batches = (async () => {
      for (let seq = 1; seq <= 10; seq++) await store.apply(0, batch(seq, { a: 1 }));
    })();
    for (let number = 0; number < 10; number++) {
      const transaction = dataSource.transaction(async (manager) => {
        await manager.query('INSERT INTO note VALUES (?)', [String(number)]);
        await sleep(5);
        await manager.query('INSERT INTO note VALUES (?)', [String(number)]);
        if (number % 2 === 0) throw new Error('taken back');
      });
      if (number % 2 === 0) await expect(transaction).rejects.toThrow('taken back');
      else await transaction;
      await sleep(1);
    }
    await batches;
    expect(await dataSource.query('SELECT text FROM note')).toHaveLength(10);
    expect(await rows(dataSource)).toEqual([['a', '10']]);
  });

  test('is not written in one that was begun without TypeORM', async () => {
    const file = sqliteFile();
    const dataSource = await ownSqlite('sqljs', { file, autoSave: true });
    const store = storeOn(dataSource);
    await dataSource.query('CREATE TABLE note (text varchar)');
    const { databaseConnection } = dataSource.driver as unknown as {
      databaseConnection: { exec(sql: string): unknown };
    };
    const applied = store.apply(0, batch(1, { a: 5 }));
    // between the batch and saving it
    databaseConnection.exec(`BEGIN; INSERT INTO note VALUES ('mine')`);
    await sleep(30);
    databaseConnection.exec(`INSERT INTO note VALUES ('mine too'); COMMIT`);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(await dataSource.query('SELECT text FROM note')).toHaveLength(2);
    const saved = await ownSqlite('sqljs', { tables: false, database: await readFile(file) });
    expect(await rows(saved)).toEqual([['a', '5']]);
  });

  test('that cannot be written is an outage, and a batch that comes again is added once', async () => {
    const folder = `${sqliteFile()}.folder`;
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(folder);
    const dataSource = await ownSqlite('sqljs', { file: `${folder}/counts` });
    const store = storeOn(dataSource);
    await rm(folder, { recursive: true });
    const first = batch(1, { a: 5 });
    await expect(store.apply(0, first)).rejects.toThrow(/could not be saved.*ENOENT/);
    await mkdir(folder);
    expect(await store.apply(0, first)).toMatchObject({ status: 'repeated' });
    const saved = await ownSqlite('sqljs', {
      tables: false,
      database: await readFile(`${folder}/counts`),
    });
    expect(await rows(saved)).toEqual([['a', '5']]);
  });
});
