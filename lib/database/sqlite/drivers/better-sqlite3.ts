import { failureOf } from '../errors.js';
import type { SqliteDatabase, SqliteStatement, Value } from '../sqlite-database.js';

/** What is used of a statement of better-sqlite3. */
interface Statement {
  readonly reader: boolean;
  all(...parameters: readonly Value[]): Readonly<Record<string, unknown>>[];
  run(...parameters: readonly Value[]): unknown;
}

/** What is used of a connection of better-sqlite3. */
interface Connection {
  readonly open: boolean;
  readonly readonly: boolean;
  prepare(sql: string): Statement;
}

export function overBetterSqlite3(connection: unknown): SqliteDatabase {
  const native = connection as Connection;
  return {
    isReadonly: native.readonly,
    prepare: (sql) => over(attempt(() => prepare(native, sql), false)),
  };
}

function prepare(native: Connection, sql: string): Statement {
  // the error of the driver is that of a mistake in the program
  if (!native.open) throw new Error('The connection to the database was closed');
  return native.prepare(sql);
}

const over = (statement: Statement): SqliteStatement => ({
  all: (parameters) =>
    attempt(() => {
      if (statement.reader) return statement.all(...parameters);
      statement.run(...parameters);
      return [];
    }, true),
  free: () => undefined,
});

function attempt<Answer>(run: () => Answer, hasRun: boolean): Answer {
  try {
    return run();
  } catch (error) {
    throw failureOf(error, hasRun);
  }
}
