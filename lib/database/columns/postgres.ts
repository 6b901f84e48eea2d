import { sqlStateOf } from '../postgres/errors.js';
import type { ColumnStatements } from './column-statements.js';

/** Column or table that is missing, a right, a statement that a view or a trigger does not allow. */
const OF_TABLE: readonly string[] = ['42', '0A', '55000'];

const TRY_CONSTRAINTS: readonly string[] = [
  'SAVEPOINT fastcounter_constraints',
  'SET CONSTRAINTS ALL IMMEDIATE',
  'ROLLBACK TO SAVEPOINT fastcounter_constraints',
  'RELEASE SAVEPOINT fastcounter_constraints',
];

/**
 * A row is locked as its update locks it: one that only refers to the row, by a foreign key, does not wait. A key that is no value of
 * its type would end the whole statement: they were looked through before.
 */
export const postgresColumns: ColumnStatements = {
  async lock(connection, { table, key, keyType }, columns, ids) {
    const values = columns.map(({ name }, place) => `held.${name}::text AS value${place}`);
    const found = await connection.query<Record<string, string | null>[]>(
      `SELECT held.${key}::text AS id, ${values.join(', ')} FROM ${table} AS held
        WHERE held.${key} = ANY($1::${keyType.type}[]) ORDER BY held.${key} FOR NO KEY UPDATE OF held`,
      [ids],
    );
    return new Map(
      found.map((row) => [row.id ?? '', columns.map((_, place) => row[`value${place}`] ?? null)]),
    );
  },

  async add(connection, { table, key, keyType, kept }, { name }, rows) {
    const keep = kept.map((column) => `, ${column} = held.${column}`).join('');
    const added = await connection.query<{ id: string }[]>(
      `UPDATE ${table} AS held SET ${name} = coalesce(held.${name}, 0) + given.delta${keep}
         FROM unnest($1::${keyType.type}[], $2::bigint[]) AS given(id, delta)
        WHERE held.${key} = given.id RETURNING held.${key}::text AS id`,
      [rows.map(({ id }) => id), rows.map(({ delta }) => String(delta))],
    );
    // what a constraint would refuse at the commit is refused here; behind the rollback it is looked at again at the commit, with what
    // the application writes until then
    for (const statement of TRY_CONSTRAINTS) await connection.query(statement);
    return new Set(added.map(({ id }) => id));
  },

  isOfTable(error) {
    const code = sqlStateOf(error) ?? '';
    return OF_TABLE.some((begin) => code.startsWith(begin));
  },
};
