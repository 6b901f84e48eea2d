import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { onTestFinished } from 'vitest';
import { fastCounterEntities, upFastCounter } from '../../lib/index.js';

export type SqliteKind = 'sqljs' | 'better-sqlite3';

type Driver = new (file: string) => { close(): void };

/**
 * better-sqlite3, where it is installed, or where this variable says that it is: it is compiled for minutes where there is no binary of
 * it, so it is no dependency of the tests.
 */
export const betterSqlite3Path = process.env.BETTER_SQLITE3 ?? 'better-sqlite3';

function findBetterSqlite3(): Driver | undefined {
  try {
    const Database = createRequire(import.meta.url)(betterSqlite3Path) as Driver;
    new Database(':memory:').close();
    return Database;
  } catch {
    return undefined;
  }
}

export const betterSqlite3 = findBetterSqlite3();

/** Drivers of SQLite that are installed. */
export const SQLITE_KINDS: readonly SqliteKind[] =
  betterSqlite3 === undefined ? ['sqljs'] : ['sqljs', 'better-sqlite3'];

export interface SqliteSettings {
  /** In memory without one. */
  file?: string;
  /** Whether there are tables. @default true */
  tables?: boolean;
  [option: string]: unknown;
}

export function sqliteOptions(
  kind: SqliteKind,
  { file, ...others }: SqliteSettings = {},
): DataSourceOptions {
  const where =
    kind === 'sqljs'
      ? file !== undefined && { location: file, autoSave: true }
      : { database: file ?? ':memory:', driver: betterSqlite3 };
  return {
    type: kind,
    entities: fastCounterEntities,
    ...where,
    ...others,
  } as unknown as DataSourceOptions;
}

/** An initialized data source, with tables. The caller ends it. */
export async function openSqlite(
  kind: SqliteKind,
  settings: SqliteSettings = {},
): Promise<DataSource> {
  const dataSource = await new DataSource(sqliteOptions(kind, settings)).initialize();
  if (settings.tables === false) return dataSource;
  const runner = dataSource.createQueryRunner();
  await upFastCounter(runner).finally(() => runner.release());
  return dataSource;
}

/** The same, for one test. */
export async function ownSqlite(
  kind: SqliteKind,
  settings: SqliteSettings = {},
): Promise<DataSource> {
  const dataSource = await openSqlite(kind, settings);
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

/** The path of a file that is removed when the test is over, with those that SQLite has beside it. */
export function sqliteFile(): string {
  const file = join(tmpdir(), `fastcounter-${randomUUID()}.sqlite`);
  onTestFinished(async () => {
    for (const end of ['', '-journal', '-wal', '-shm']) await rm(file + end, { force: true });
  });
  return file;
}
