import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fastCounterMigrations, upFastCounter } from '../../lib/index.js';
import { betterSqlite3, betterSqlite3Path, ownSqlite, sqliteFile } from '../support/sqlite.js';
import { tablesOf } from '../support/tables.js';

const programOf = (name: string): string =>
  fileURLToPath(new URL(`../support/processes/${name}.mjs`, import.meta.url));
const main = programOf('sqlite-main');

describe.skipIf(betterSqlite3 === undefined)('an embedded process on better-sqlite3', () => {
  test('that is killed has lost nothing of what was persisted, and its file is whole', async () => {
    const file = sqliteFile();
    let total = 0;
    for (const kills of [3, 20, 40]) {
      const child = spawn(process.execPath, [main, betterSqlite3Path, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let persisted = 0;
      for await (const line of createInterface(child.stdout)) {
        persisted = Number(line);
        if (persisted === kills) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      const dataSource = await ownSqlite('better-sqlite3', { file });
      expect(await dataSource.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const [row] = await dataSource.query<{ value: number }[]>(
        `SELECT value FROM fast_counter WHERE name = 'killed'`,
      );
      await dataSource.destroy();
      const value = row?.value ?? 0;
      // and at most what was under way
      expect(value - total).toBeGreaterThanOrEqual(persisted);
      expect(value - total).toBeLessThanOrEqual(persisted + 1);
      total = value;
    }
  });
});

describe.skipIf(betterSqlite3 === undefined)('migrations of one file of better-sqlite3', () => {
  const journals = [
    ['without WAL', 'delete'],
    ['with WAL', 'wal'],
  ] as const;

  /** A process that migrates, when it said that it has begun, or waits. */
  async function migrating(file: string, how: 'run' | 'held'): Promise<ChildProcess> {
    const args = [programOf('sqlite-migrating'), betterSqlite3Path, file, how];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    return child;
  }

  async function tables(file: string): Promise<string[]> {
    const dataSource = await ownSqlite('better-sqlite3', { file, tables: false });
    const found = await dataSource.query<{ name: string }[]>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'fast%' ORDER BY name`,
    );
    return found.map(({ name }) => name);
  }

  test.each(journals)(
    'in a transaction wait for those of another process, %s',
    async (_, journal) => {
      const file = sqliteFile();
      const dataSource = await ownSqlite('better-sqlite3', { file, tables: false });
      await dataSource.query(`PRAGMA journal_mode = ${journal}`);
      const other = await migrating(file, 'held');
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await upFastCounter(runner);
      await runner.commitTransaction();
      expect(await tables(file)).toEqual(tablesOf());
      if (other.exitCode === null) await once(other, 'exit');
      expect(other.exitCode).toBe(0);
    },
  );

  test.each(journals)('may be run by several processes at once, %s', async (_, journal) => {
    const file = sqliteFile();
    const migrations = fastCounterMigrations;
    const dataSource = await ownSqlite('better-sqlite3', { file, tables: false, migrations });
    await dataSource.query(`PRAGMA journal_mode = ${journal}`);
    // TypeORM itself fails where several processes make its own table at once
    await dataSource.runMigrations({ fake: true });
    await dataSource.query('DELETE FROM migrations');
    const children = await Promise.all([1, 2, 3].map(() => migrating(file, 'run')));
    for (const child of children) child.stdin?.write('go\n');
    const codes = children.map(async (child) => {
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    });
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    expect(await tables(file)).toEqual(tablesOf());
    expect(await dataSource.runMigrations()).toEqual([]);
  });
});
