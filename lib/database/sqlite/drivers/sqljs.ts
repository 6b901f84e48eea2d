import { failureOf } from '../errors.js';
import type { SqliteDatabase, SqliteStatement, Value } from '../sqlite-database.js';

/** What is used of a statement of sql.js. */
interface Statement {
  bind(parameters: readonly Value[]): unknown;
  step(): boolean;
  getAsObject(): Readonly<Record<string, unknown>>;
  reset(): void;
  free(): void;
}

/** What is used of a database of sql.js. */
interface Database {
  prepare(sql: string): Statement;
}

export function overSqljs(connection: unknown): SqliteDatabase {
  const database = connection as Database;
  return {
    isReadonly: false,
    prepare: (sql) => over(attempt(() => database.prepare(sql), false)),
  };
}

const over = (statement: Statement): SqliteStatement => ({
  all: (parameters) =>
    attempt(() => {
      try {
        statement.bind(parameters);
        const rows: Readonly<Record<string, unknown>>[] = [];
        while (statement.step()) rows.push(statement.getAsObject());
        return rows;
      } finally {
        // one that is not at its end keeps the transaction open
        statement.reset();
      }
    }, true),
  free: () => statement.free(),
});

function attempt<Answer>(run: () => Answer, hasRun: boolean): Answer {
  try {
    return run();
  } catch (error) {
    throw failureOf(error, hasRun);
  }
}
