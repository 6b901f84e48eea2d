import { columns, tableName } from '../dialects/table-names.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import { bytesOf, list, text, time } from '../mysql/statements/literals.js';
import { type ImportStatements, intoColumns } from './import-statements.js';
import { type FoundImport, PAGE } from './imports.js';

const milliseconds = (column: string): string =>
  `TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', ${column}) DIV 1000`;

export const mysqlImports: ImportStatements = {
  async insert(connection, namespace, { id, begins, ends, digests, madeAt }) {
    const t = columns(connection, CounterImport);
    const values = [
      ...[text(namespace), time(ends), text(id), time(begins), text(digests), time(madeAt)],
    ];
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterImport)} (${list(intoColumns(t))}) VALUES (${list(values)})`,
    );
  },

  overlapping(connection, namespace, { begins, ends, after }) {
    const t = columns(connection, CounterImport);
    const behind =
      after === undefined
        ? ''
        : `AND (kept.${t.endsAt}, kept.${t.id}) > (${time(after.ends)}, ${text(after.id)})`;
    return connection.query<FoundImport[]>(
      `SELECT ${bytesOf(t.id)} AS id, ${milliseconds(t.endsAt)} AS ends, ${bytesOf(t.digests)} AS digests
         FROM ${tableName(connection, CounterImport)} AS kept
        WHERE kept.${t.namespace} = ${text(namespace)} AND kept.${t.endsAt} >= ${time(begins)}
          AND kept.${t.beginsAt} <= ${time(ends)} ${behind}
        ORDER BY kept.${t.endsAt}, kept.${t.id} LIMIT ${PAGE}`,
    );
  },
};
