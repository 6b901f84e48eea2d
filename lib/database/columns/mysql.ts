import type { SqlConnection } from '../dialects/sql-connection.js';
import { isIncomparable, isOfTable } from '../mysql/errors.js';
import { bytesOf, list, text } from '../mysql/statements/literals.js';
import type { ColumnStatements } from './column-statements.js';
import type { KeyType } from './column-types.js';
import type { TargetColumn, TargetTable } from './own-tables.js';

/** Texts in characters of every character set. */
const ASCII = /^[\x20-\x7e]*$/;

type Values = Map<string, (string | null)[]>;

export const mysqlColumns: ColumnStatements = {
  async lock(connection, table, columns, ids) {
    try {
      return await lockRows(connection, table, columns, ids);
    } catch (error) {
      if (!isIncomparable(error)) throw error;
    }
    // the transaction goes on; a key that cannot be written in the character set of its column is that of no row
    const found = await lockRows(connection, table, columns, ids.filter(isPlain));
    for (const id of ids) {
      if (isPlain(id)) continue;
      try {
        for (const row of await lockRows(connection, table, columns, [id])) found.set(...row);
      } catch (error) {
        if (!isIncomparable(error)) throw error;
      }
    }
    return found;
  },

  async add(connection, { table, key, keyType, kept }, { name }, rows) {
    const ids = rows.map(({ id }) => id);
    const cases = rows.map(({ id, delta }) => `WHEN ${literal(keyType, id)} THEN ${delta}`);
    const delta = rows.length === 0 ? '0' : `CASE ${key} ${cases.join(' ')} ELSE 0 END`;
    const sets = [
      `${name} = COALESCE(${name}, 0) + ${delta}`,
      ...kept.map((column) => `${column} = ${column}`),
    ];
    await connection.query(`UPDATE ${table} SET ${list(sets)} WHERE ${among(keyType, key, ids)}`);
    return new Set(ids);
  },

  isOfTable,
};

async function lockRows(
  connection: SqlConnection,
  { table, key, keyType }: TargetTable,
  columns: readonly TargetColumn[],
  ids: readonly string[],
): Promise<Values> {
  const values = columns.map(({ name }, place) => `${name} AS value${place}`);
  const found = await connection.query<Record<string, string | null>[]>(
    `SELECT ${list([`${shownKey(keyType, key)} AS id`, ...values])} FROM ${table} FORCE INDEX (PRIMARY)
      WHERE ${among(keyType, key, ids)} ORDER BY ${key} FOR UPDATE`,
  );
  return new Map(
    found.map((row) => [row.id ?? '', columns.map((_, place) => row[`value${place}`] ?? null)]),
  );
}

const isPlain = (id: string): boolean => ASCII.test(id);

/** Integers are digits alone: they were looked through before. */
const literal = ({ isText, type }: KeyType, id: string): string =>
  isText || type === 'uuid' ? text(id) : id;

/** Texts as their bytes: a comparison of the database may take one text for another, so the caller compares again. */
const shownKey = ({ isText }: KeyType, key: string): string =>
  isText ? bytesOf(`CONVERT(${key} USING utf8mb4)`) : key;

const among = (keyType: KeyType, key: string, ids: readonly string[]): string =>
  ids.length === 0 ? 'FALSE' : `${key} IN (${list(ids.map((id) => literal(keyType, id)))})`;
