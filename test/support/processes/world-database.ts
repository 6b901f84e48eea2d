import mysql from 'mysql2/promise';
import pg from 'pg';
import { asCounterUser, engineOf } from '../servers/documented-access.js';

/** A database with the tables, seen by its owner. */
export interface WorldDatabase {
  /** For the role that docs/security.md describes. */
  readonly url: string;
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** The row's value, straight from the table; undefined without a row. */
  row(namespace: string, name: string): Promise<bigint | undefined>;
}

/** A database that has the tables. */
export function openWorldDatabase(ownerUrl: string): WorldDatabase {
  const isPostgres = engineOf(ownerUrl) === 'postgres';
  const ask = isPostgres ? askPostgres : askMariadb;
  return {
    url: asCounterUser(ownerUrl),
    query: (sql, parameters) => ask(ownerUrl, sql, parameters),
    async row(namespace, name) {
      const [found] = await ask<{ value: string }>(
        ownerUrl,
        isPostgres
          ? 'SELECT value FROM fast_counter WHERE namespace = $1 AND name = $2'
          : 'SELECT CAST(value AS CHAR) AS value FROM fast_counter WHERE namespace = ? AND name = ?',
        [namespace, name],
      );
      return found === undefined ? undefined : BigInt(found.value);
    },
  };
}

async function askPostgres<Row extends object>(
  url: string,
  sql: string,
  parameters?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

async function askMariadb<Row extends object>(
  url: string,
  sql: string,
  parameters?: unknown[],
): Promise<Row[]> {
  const client = await mysql.createConnection(url);
  try {
    const [rows] = await client.query(sql, parameters);
    return rows as Row[];
  } finally {
    await client.end();
  }
}
