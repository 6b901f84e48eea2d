import { endOf } from '../dialects/end-of-prefix.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import { bytesOf, list, text, time } from '../mysql/statements/literals.js';
import { type CorrectionStatements, intoColumns } from './correction-statements.js';
import { type CorrectedWindow, type FoundCorrection, partsOf, windowsText } from './corrections.js';

/** ER_DUP_ENTRY: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html */
const DUPLICATE = 1062;

type Names = Record<keyof CounterCorrection, string>;

const milliseconds = (column: string): string =>
  `TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', ${column}) DIV 1000`;

const selected = (t: Names): string =>
  list([
    ...[`${bytesOf(t.name)} AS name`, `${milliseconds(t.startsAt)} AS starts`],
    ...[`${bytesOf(t.window)} AS time_window`, `${bytesOf(t.id)} AS id`, `${t.delta} AS delta`],
    ...[`${bytesOf(t.windows)} AS windows`, `${bytesOf(t.closed)} AS closed`],
    `${bytesOf(t.reason)} AS reason`,
    ...[`${bytesOf(t.madeBy)} AS made_by`, `${milliseconds(t.madeAt)} AS made`],
  ]);

const ofWindow = (t: Names, namespace: string, of: CorrectedWindow): string =>
  `${t.namespace} = ${text(namespace)} AND ${t.name} = ${text(of.name)}
   AND ${t.startsAt} = ${time(of.start)} AND ${t.window} = ${text(of.window)}`;

export const mysqlCorrections: CorrectionStatements = {
  async insert(connection, namespace, row) {
    const t = columns(connection, CounterCorrection);
    const values = [
      ...[text(namespace), text(row.name), time(row.start), text(row.window), text(row.id)],
      ...[row.delta, text(windowsText(row.windows)), text(windowsText(row.closed))],
      ...[text(row.reason), text(row.by), time(row.madeAt)],
    ];
    try {
      await connection.query(
        `INSERT INTO ${tableName(connection, CounterCorrection)} (${list(intoColumns(t))}) VALUES (${list(values)})`,
      );
    } catch (error) {
      // it ended this statement alone
      if ((error as { errno?: unknown }).errno === DUPLICATE) return false;
      throw error;
    }
    return true;
  },

  async find(connection, namespace, place) {
    const t = columns(connection, CounterCorrection);
    const [row] = await connection.query<FoundCorrection[]>(
      `SELECT ${selected(t)} FROM ${tableName(connection, CounterCorrection)} AS kept
        WHERE ${ofWindow(t, namespace, place)} AND kept.${t.id} = ${text(place.id)}`,
    );
    return row;
  },

  async count(connection, namespace, name) {
    const t = columns(connection, CounterCorrection);
    const [row] = await connection.query<{ found: string }[]>(
      `SELECT COUNT(*) AS found FROM ${tableName(connection, CounterCorrection)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.name} = ${text(name)}`,
    );
    return Number(row?.found);
  },

  list(connection, namespace, { name, withParts, window, from, to, after, limit }) {
    const t = columns(connection, CounterCorrection);
    const parts = partsOf(name);
    const isPart = `OR (kept.${t.name} >= ${text(parts)} AND kept.${t.name} < ${text(endOf(parts))})`;
    const place = list([t.name, t.startsAt, t.window, t.id].map((column) => `kept.${column}`));
    const behind =
      after === undefined
        ? ''
        : `AND (${place}) > (${list([text(after.name), time(after.start), text(after.window), text(after.id)])})`;
    return connection.query<FoundCorrection[]>(
      `SELECT ${selected(t)} FROM ${tableName(connection, CounterCorrection)} AS kept
        WHERE kept.${t.namespace} = ${text(namespace)} AND (kept.${t.name} = ${text(name)} ${withParts ? isPart : ''})
          AND kept.${t.startsAt} >= ${time(from)} AND kept.${t.startsAt} < ${time(to)}
          AND (kept.${t.window} = ${text(window)} OR LOCATE(${text(window)}, kept.${t.windows}) > 0) ${behind}
        ORDER BY ${place} LIMIT ${limit}`,
    );
  },
};
