import type { DataSource } from 'typeorm';
import type { MigrationDialect } from '../dialects/sql-dialect.js';
import { databaseOf } from './drivers/kinds.js';
import { SqliteSession } from './session.js';
import type { Value } from './sqlite-database.js';
import { hasTable } from './statements/inspection.js';
import { bucketStarts, joinBuckets } from './statements/joins.js';

/** A table that is there for a moment. */
const LOCK = 'fast_counter_schema_lock';

/** Statements of migrations, which are part of the transaction of the migration: all over the one connection that there is. */
export const sqliteMigrations: MigrationDialect = {
  connectionOver: (_, dataSource) => ({
    dataSource,
    query: <Rows>(statement: string, parameters: readonly unknown[] = []) =>
      within(
        dataSource,
        (session) => session.query(statement, parameters as readonly Value[]) as Rows,
      ),
    // nothing runs on it when a call is over
    abandon: () => undefined,
  }),

  /**
   * A transaction of the caller's writes before it looks for tables: SQLite waits for another transaction that writes, but refuses one that
   * has read before and would write behind the other. No statement writes nothing without a table that is known to be there.
   */
  async underSchemaLock(connection, inTransaction, change) {
    if (inTransaction) {
      await connection.query(`CREATE TABLE ${LOCK} (held int)`);
      await connection.query(`DROP TABLE ${LOCK}`);
      return change();
    }
    await connection.query('BEGIN IMMEDIATE');
    try {
      await change();
      await connection.query('COMMIT');
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  },

  hasTable: ({ dataSource }, entity) => within(dataSource, (session) => hasTable(session, entity)),

  /** A transaction that writes has no other beside it, and one that only read cannot write behind others. */
  lockLedgers: () => Promise.resolve(),

  bucketStarts: ({ dataSource }, namespace) =>
    within(dataSource, (session) => bucketStarts(session, namespace)),

  joinBuckets: ({ dataSource }, ...given) =>
    within(dataSource, (session) => joinBuckets(session, ...given)),
};

/** Rejects as the driver does: whoever migrates wants its words. */
async function within<Answer>(
  dataSource: DataSource,
  run: (session: SqliteSession) => Answer,
): Promise<Answer> {
  const session = new SqliteSession(dataSource, databaseOf(dataSource));
  try {
    return await Promise.resolve(run(session));
  } finally {
    session.end();
  }
}
