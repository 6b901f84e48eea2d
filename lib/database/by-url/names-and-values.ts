import type { DataSource, QueryRunner } from 'typeorm';
import { InvalidArgumentError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/** Statements around a query that may not write. */
interface ReadOnly {
  before: readonly string[];
  after: string;
}

const TRANSACTION = 'START TRANSACTION READ ONLY';

const READ_ONLY: Readonly<Record<string, ReadOnly | undefined>> = {
  // behind its first query, a transaction cannot be made one that writes
  postgres: { before: [TRANSACTION, 'SELECT 1'], after: 'ROLLBACK' },
  mysql: { before: [TRANSACTION], after: 'ROLLBACK' },
  mariadb: { before: [TRANSACTION], after: 'ROLLBACK' },
  'better-sqlite3': { before: ['PRAGMA query_only = 1'], after: 'PRAGMA query_only = 0' },
  sqljs: { before: ['PRAGMA query_only = 1'], after: 'PRAGMA query_only = 0' },
};

interface Row {
  name: unknown;
  value: unknown;
}

/** The client of pg, of which a query in this mode is one statement, and not several. */
interface PostgresClient {
  query(query: { text: string; queryMode: 'extended' }): Promise<{ rows: Row[] }>;
}

/**
 * Rows of two columns, name and value, of a query that somebody wrote. It runs where nothing can be written.
 *
 * @throws InvalidArgumentError the database refuses the query, as one that writes, say
 */
export async function readNamesAndValues(dataSource: DataSource, query: string): Promise<Row[]> {
  const { type } = dataSource.options;
  const around = READ_ONLY[type];
  if (around === undefined) throw new Error(`No query of ${type} is run`);
  const runner = dataSource.createQueryRunner();
  try {
    for (const statement of around.before) await runner.query(statement);
    const rows = await rowsOf(runner, type, query).catch(async (error: unknown) => {
      // rejects where the database is away: then that is told
      await runner.query(around.after);
      throw new InvalidArgumentError(
        `The database refuses the query, which may do nothing but read: ${reasonOf(error)}. Nothing was changed by it`,
        { cause: error },
      );
    });
    await runner.query(around.after);
    return rows.map(({ name, value }) => ({ name, value }));
  } finally {
    await runner.release();
  }
}

async function rowsOf(runner: QueryRunner, type: string, query: string): Promise<Row[]> {
  if (type === 'mysql' || type === 'mariadb') {
    // they commit before a DROP or CREATE, also a transaction that is read-only: what stands in brackets is no such statement
    return (await runner.query(
      `SELECT name, value FROM (${query.replace(/;\s*$/, '')}\n) AS truth`,
    )) as Row[];
  }
  if (type !== 'postgres') return (await runner.query(query)) as Row[];
  const client = (await runner.connect()) as PostgresClient;
  return (await client.query({ text: query, queryMode: 'extended' })).rows;
}
