import { columns, tableName } from '../dialects/table-names.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import { type ImportStatements, intoColumns } from './import-statements.js';
import { type FoundImport, PAGE } from './imports.js';

const instant = (parameter: string): string => `to_timestamp(${parameter}::bigint / 1000.0)`;

export const postgresImports: ImportStatements = {
  async insert(connection, namespace, { id, begins, ends, digests, madeAt }) {
    const t = columns(connection, CounterImport);
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterImport)} (${intoColumns(t).join(', ')})
       VALUES ($1, ${instant('$2')}, $3, ${instant('$4')}, $5, ${instant('$6')})`,
      [namespace, ends, id, begins, digests, madeAt],
    );
  },

  overlapping(connection, namespace, { begins, ends, after }) {
    const t = columns(connection, CounterImport);
    const behind = after === undefined ? '' : `AND (${t.endsAt}, ${t.id}) > (${instant('$4')}, $5)`;
    return connection.query<FoundImport[]>(
      `SELECT ${t.id} AS id, round(extract(epoch FROM ${t.endsAt}) * 1000)::bigint::text AS ends, ${t.digests} AS digests
         FROM ${tableName(connection, CounterImport)}
        WHERE ${t.namespace} = $1 AND ${t.endsAt} >= ${instant('$2')} AND ${t.beginsAt} <= ${instant('$3')} ${behind}
        ORDER BY ${t.endsAt}, ${t.id} LIMIT ${PAGE}`,
      [namespace, begins, ends, ...(after === undefined ? [] : [after.ends, after.id])],
    );
  },
};
