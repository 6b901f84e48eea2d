import type { DataSource } from 'typeorm';
import { CounterLedger } from '../entities/ledger.entity.js';
import { columns, tableName } from '../dialects/table-names.js';

/** What a database says of itself. */
export interface DatabaseFacts {
  /** Milliseconds since 1970, by its clock; absent where it has none of its own. */
  now?: number;
  /** Connections of all clients, and how many there may be; absent where there is no such limit. */
  connections?: { used: number; most: number };
}

const STATEMENTS: Readonly<Record<string, string | undefined>> = {
  postgres: `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
    current_setting('max_connections') AS most`,
  mysql: `SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now, @@max_connections AS most,
    (SELECT COUNT(*) FROM information_schema.processlist) AS used`,
};

/** Asks a database that is connected. */
export async function databaseFacts(dataSource: DataSource): Promise<DatabaseFacts> {
  const { type } = dataSource.options;
  const statement = STATEMENTS[type === 'mariadb' ? 'mysql' : type];
  if (statement === undefined) return {};
  const [row] = await dataSource.query<Record<'now' | 'used' | 'most', string>[]>(statement);
  if (row === undefined) return {};
  return {
    now: Number(row.now),
    connections: { used: Number(row.used), most: Number(row.most) },
  };
}

/** Removes what the ledger has of a namespace that counts with Redis: it knows no batch then. Answers nothing. */
export async function forgetLedger(dataSource: DataSource, namespace: string): Promise<void> {
  const t = columns({ dataSource }, CounterLedger);
  const mark = dataSource.options.type === 'postgres' ? '$1' : '?';
  await dataSource.query(
    `DELETE FROM ${tableName({ dataSource }, CounterLedger)} WHERE ${t.namespace} = ${mark} AND ${t.partition} >= 0`,
    [namespace],
  );
}
