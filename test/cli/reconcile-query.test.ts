import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readNamesAndValues } from '../../lib/database/by-url/names-and-values.js';
import { InvalidArgumentError } from '../../lib/index.js';
import { ownSqlite, SQLITE_KINDS } from '../support/sqlite.js';

interface Subject {
  of: string;
  open: () => Promise<DataSource>;
  /** Statements that would write, with `TABLE` for the table. */
  writing: readonly string[];
}

async function opened(type: 'postgres' | 'mariadb', url: string): Promise<DataSource> {
  const dataSource = await new DataSource({ type, url, poolSize: 1 }).initialize();
  onTestFinished(() => dataSource.destroy());
  return dataSource;
}

const DELETES = 'DELETE FROM TABLE';
const SUBJECTS: readonly Subject[] = [
  {
    of: 'PostgreSQL',
    open: () => opened('postgres', inject('databaseUrl')),
    writing: [
      DELETES,
      'WITH gone AS (DELETE FROM TABLE RETURNING name) SELECT name, 1 AS value FROM gone',
      'SELECT name, value FROM TABLE; DELETE FROM TABLE',
      'COMMIT; DELETE FROM TABLE',
      'SET TRANSACTION READ WRITE; DELETE FROM TABLE',
      'SET TRANSACTION READ WRITE',
      'DROP TABLE TABLE',
    ],
  },
  {
    of: 'MariaDB',
    open: async () => {
      const dataSource = await opened('mariadb', inject('mariadbUrl'));
      const name = `query_${randomUUID().slice(0, 8)}`;
      await dataSource.query(`CREATE DATABASE ${name}`);
      await dataSource.query(`USE ${name}`);
      return dataSource;
    },
    writing: [
      DELETES,
      'SELECT name, value FROM TABLE; DELETE FROM TABLE',
      'DROP TABLE TABLE',
      'SELECT name, value FROM TABLE) AS a; DROP TABLE TABLE -- ',
    ],
  },
  ...SQLITE_KINDS.map((kind) => ({
    of: `SQLite by ${kind}`,
    open: () => ownSqlite(kind, { tables: false }),
    writing: [DELETES, 'DELETE FROM TABLE RETURNING name, value', 'DROP TABLE TABLE'],
  })),
];

test.each(SUBJECTS)('a query of reconcile can write nothing: $of', async ({ open, writing }) => {
  const dataSource = await open();
  const table = `truth_${randomUUID().slice(0, 8)}`;
  await dataSource.query(`CREATE TABLE ${table} (name varchar(20), value int)`);
  onTestFinished(() => dataSource.query(`DROP TABLE ${table}`));
  await dataSource.query(`INSERT INTO ${table} VALUES ('a', 1)`);
  const all = [{ name: 'a', value: 1 }];
  const query = `SELECT name, value FROM ${table}`;
  for (const statement of [...writing, 'SELECT name FROM nowhere']) {
    const asked = readNamesAndValues(
      dataSource,
      statement.replaceAll(/\bTABLE\b(?! TABLE)/g, table),
    );
    await expect(asked, statement).rejects.toThrow(InvalidArgumentError);
    expect(await readNamesAndValues(dataSource, `${query} ORDER BY 1; `)).toEqual(all);
  }
  // the connection writes again for others
  await dataSource.query(`INSERT INTO ${table} VALUES ('b', 2)`);
  expect(await readNamesAndValues(dataSource, `${query} ORDER BY name`)).toHaveLength(2);
});
