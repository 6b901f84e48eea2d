import { columns, tableName } from '../dialects/table-names.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import { bytesOf, list, NOW, text, time } from '../mysql/statements/literals.js';
import { MOST_LOOKED_AT, NO_INTERVAL, windowsText } from './outbox.js';
import {
  type FoundRow,
  type FoundState,
  intoColumns,
  type OutboxStatements,
} from './outbox-statements.js';

const textList = (values: readonly string[]): string => `(${list(values.map(text))})`;

/** Milliseconds from one time to another. */
const between = (from: string, to: string): string =>
  `TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) DIV 1000`;

const sinceEpoch = (moment: string): string => between(`TIMESTAMP'1970-01-01 00:00:00'`, moment);

export const mysqlOutbox: OutboxStatements = {
  async insert(connection, namespace, rows) {
    const t = columns(connection, CounterOutbox);
    const given = rows.map(
      (row) =>
        `(${list([
          ...[text(namespace), text(row.id), text(row.name), row.delta, text(windowsText(row))],
          ...[
            row.updateInterval ?? NO_INTERVAL,
            time(row.madeAt),
            time(row.madeAt),
            text(''),
            text(''),
          ],
        ])})`,
    );
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterOutbox)} (${list(intoColumns(t))}) VALUES ${list(given)}`,
    );
  },

  lock(connection, namespace, { ids, limit }) {
    const t = columns(connection, CounterOutbox);
    const asked = ids === undefined ? '' : `AND ${t.id} IN ${textList(ids)}`;
    return connection.query<FoundRow[]>(
      `SELECT ${bytesOf(t.id)} AS id, ${bytesOf(t.name)} AS name, ${t.delta} AS delta, ${bytesOf(t.windows)} AS windows,
              ${t.updateInterval} AS update_interval, ${sinceEpoch(t.madeAt)} AS made_at,
              ${between(t.takenAt, NOW)} AS taken_for, ${bytesOf(t.takenBy)} AS taken_by
         FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.refused} = ${text('')} ${asked}
        ORDER BY ${t.id} LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
    );
  },

  async mark(connection, namespace, ids, by) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.takenAt} = ${NOW}, ${t.takenBy} = ${text(by)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} IN ${textList(ids)}`,
    );
  },

  async remove(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `DELETE FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} IN ${textList(ids)}`,
    );
  },

  async refuse(connection, namespace, ids, reason) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.refused} = ${text(reason)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} IN ${textList(ids)} AND ${t.refused} = ${text('')}`,
    );
  },

  refused(connection, namespace, after, limit) {
    const t = columns(connection, CounterOutbox);
    return connection.query(
      `SELECT ${bytesOf(t.id)} AS id, ${bytesOf(t.name)} AS name, ${t.delta} AS delta, ${bytesOf(t.windows)} AS windows,
              ${sinceEpoch(t.madeAt)} AS made_at, ${bytesOf(t.refused)} AS reason
         FROM ${tableName(connection, CounterOutbox)} AS held
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} > ${text(after)} AND ${t.refused} <> ${text('')}
        ORDER BY held.${t.id} LIMIT ${limit}`,
    );
  },

  async lockRefused(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    const found = await connection.query<{ id: string }[]>(
      `SELECT ${bytesOf(t.id)} AS id FROM ${tableName(connection, CounterOutbox)} AS held
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} IN ${textList(ids)} AND ${t.refused} <> ${text('')}
        ORDER BY held.${t.id} FOR UPDATE`,
    );
    return found.map(({ id }) => id);
  },

  async release(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.refused} = ${text('')}, ${t.takenBy} = ${text('')}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.id} IN ${textList(ids)}`,
    );
  },

  async last(connection, namespace) {
    const t = columns(connection, CounterOutbox);
    const [row] = await connection.query<{ id: string }[]>(
      `SELECT ${bytesOf(t.id)} AS id FROM ${tableName(connection, CounterOutbox)} AS held
        WHERE ${t.namespace} = ${text(namespace)} ORDER BY held.${t.id} DESC LIMIT 1`,
    );
    return row?.id;
  },

  async state(connection, namespace) {
    const t = columns(connection, CounterOutbox);
    const firstThat = (is: string): string =>
      `SELECT ${t.madeAt} AS made FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = ${text(namespace)} AND ${t.refused} ${is} ${text('')} ORDER BY ${t.id} LIMIT ${MOST_LOOKED_AT}`;
    const [row] = await connection.query<FoundState[]>(
      `SELECT COUNT(*) AS waiting, (SELECT COUNT(*) FROM (${firstThat('<>')}) AS others) AS refused,
              ${sinceEpoch('MIN(made)')} AS oldest FROM (${firstThat('=')}) AS looked`,
    );
    return row ?? { waiting: '0', refused: '0', oldest: null };
  },
};
