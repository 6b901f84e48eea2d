import { endOf } from '../dialects/end-of-prefix.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import { type CorrectionStatements, intoColumns } from './correction-statements.js';
import { type FoundCorrection, partsOf, windowsText } from './corrections.js';

type Names = Record<keyof CounterCorrection, string>;

const instant = (parameter: string): string => `to_timestamp(${parameter}::bigint / 1000.0)`;
const milliseconds = (column: string): string =>
  `round(extract(epoch FROM ${column}) * 1000)::bigint::text`;

const selected = (t: Names): string =>
  `${t.name} AS name, ${milliseconds(t.startsAt)} AS starts, ${t.window} AS time_window, ${t.id} AS id, ${t.delta}::text AS delta,
   ${t.windows} AS windows, ${t.closed} AS closed, ${t.reason} AS reason, ${t.madeBy} AS made_by, ${milliseconds(t.madeAt)} AS made`;

export const postgresCorrections: CorrectionStatements = {
  async insert(connection, namespace, row) {
    const t = columns(connection, CounterCorrection);
    const made = await connection.query<unknown[]>(
      `INSERT INTO ${tableName(connection, CounterCorrection)} (${intoColumns(t).join(', ')})
       VALUES ($1, $2, ${instant('$3')}, $4, $5, $6::bigint, $7, $8, $9, $10, ${instant('$11')})
       ON CONFLICT DO NOTHING RETURNING ${t.id} AS id`,
      [
        ...[namespace, row.name, row.start, row.window, row.id],
        ...[row.delta, windowsText(row.windows), windowsText(row.closed)],
        ...[row.reason, row.by, row.madeAt],
      ],
    );
    return made.length > 0;
  },

  async find(connection, namespace, { name, start, window, id }) {
    const t = columns(connection, CounterCorrection);
    const [row] = await connection.query<FoundCorrection[]>(
      `SELECT ${selected(t)} FROM ${tableName(connection, CounterCorrection)}
        WHERE ${t.namespace} = $1 AND ${t.name} = $2 AND ${t.startsAt} = ${instant('$3')} AND ${t.window} = $4 AND ${t.id} = $5`,
      [namespace, name, start, window, id],
    );
    return row;
  },

  async count(connection, namespace, name) {
    const t = columns(connection, CounterCorrection);
    const [row] = await connection.query<{ found: string }[]>(
      `SELECT count(*)::text AS found FROM ${tableName(connection, CounterCorrection)}
        WHERE ${t.namespace} = $1 AND ${t.name} = $2`,
      [namespace, name],
    );
    return Number(row?.found);
  },

  list(connection, namespace, { name, withParts, window, from, to, after, limit }) {
    const t = columns(connection, CounterCorrection);
    const parts = partsOf(name);
    const place = [t.name, t.startsAt, t.window, t.id].join(', ');
    const behind = after === undefined ? '' : `AND (${place}) > ($9, ${instant('$10')}, $11, $12)`;
    return connection.query<FoundCorrection[]>(
      `SELECT ${selected(t)} FROM ${tableName(connection, CounterCorrection)}
        WHERE ${t.namespace} = $1 AND (${t.name} = $2 OR ($3::boolean AND ${t.name} >= $4 AND ${t.name} < $5))
          AND ${t.startsAt} >= ${instant('$6')} AND ${t.startsAt} < ${instant('$7')}
          AND ($8 = ${t.window} OR position($8 IN ${t.windows}) > 0) ${behind}
        ORDER BY ${place} LIMIT ${limit}`,
      [
        ...[namespace, name, withParts, parts, endOf(parts), from, to, window],
        ...(after === undefined ? [] : [after.name, after.start, after.window, after.id]),
      ],
    );
  },
};
