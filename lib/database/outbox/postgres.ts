import { columns, tableName } from '../dialects/table-names.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import { numbers, texts, textsOf } from '../postgres/statements/lists.js';
import { MOST_LOOKED_AT, NO_INTERVAL, windowsText } from './outbox.js';
import {
  type FoundRow,
  type FoundState,
  intoColumns,
  type OutboxStatements,
} from './outbox-statements.js';

const milliseconds = (interval: string): string =>
  `round(extract(epoch FROM ${interval}) * 1000)::text`;

export const postgresOutbox: OutboxStatements = {
  async insert(connection, namespace, rows) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterOutbox)}
         (${intoColumns(t).join(', ')})
       SELECT $1, id, name, delta, windows, every, to_timestamp(made / 1000.0), to_timestamp(made / 1000.0), '', ''
         FROM unnest(${textsOf('$2')}, ${textsOf('$3')}, $4::bigint[], ${textsOf('$5')}, $6::int[], $7::bigint[])
           AS given(id, name, delta, windows, every, made)`,
      [
        namespace,
        texts(rows.map(({ id }) => id)),
        texts(rows.map(({ name }) => name)),
        numbers(rows.map(({ delta }) => delta)),
        texts(rows.map(windowsText)),
        numbers(rows.map(({ updateInterval }) => updateInterval ?? NO_INTERVAL)),
        numbers(rows.map(({ madeAt }) => madeAt)),
      ],
    );
  },

  lock(connection, namespace, { ids, limit }) {
    const t = columns(connection, CounterOutbox);
    const asked = ids === undefined ? '' : `AND ${t.id} = ANY(${textsOf('$3')})`;
    return connection.query<FoundRow[]>(
      `SELECT held.${t.id} AS id, ${t.name} AS name, ${t.delta}::text AS delta, ${t.windows} AS windows,
         ${t.updateInterval}::text AS update_interval, ${milliseconds(t.madeAt)} AS made_at,
         ${milliseconds(`now() - ${t.takenAt}`)} AS taken_for, ${t.takenBy} AS taken_by
         FROM ${tableName(connection, CounterOutbox)} AS held
        WHERE ${t.namespace} = $1 AND ${t.refused} = '' ${asked}
        ORDER BY held.${t.id} LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [namespace, limit, ...(ids === undefined ? [] : [texts(ids)])],
    );
  },

  async mark(connection, namespace, ids, by) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.takenAt} = now(), ${t.takenBy} = $3
        WHERE ${t.namespace} = $1 AND ${t.id} = ANY(${textsOf('$2')})`,
      [namespace, texts(ids), by],
    );
  },

  async remove(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `DELETE FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = $1 AND ${t.id} = ANY(${textsOf('$2')})`,
      [namespace, texts(ids)],
    );
  },

  async refuse(connection, namespace, ids, reason) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.refused} = $3
        WHERE ${t.namespace} = $1 AND ${t.id} = ANY(${textsOf('$2')}) AND ${t.refused} = ''`,
      [namespace, texts(ids), reason],
    );
  },

  refused(connection, namespace, after, limit) {
    const t = columns(connection, CounterOutbox);
    return connection.query(
      `SELECT ${t.id} AS id, ${t.name} AS name, ${t.delta}::text AS delta, ${t.windows} AS windows,
              ${milliseconds(t.madeAt)} AS made_at, ${t.refused} AS reason
         FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = $1 AND ${t.id} > $2 AND ${t.refused} <> '' ORDER BY ${t.id} LIMIT $3`,
      [namespace, after, limit],
    );
  },

  async lockRefused(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    const found = await connection.query<{ id: string }[]>(
      `SELECT ${t.id} AS id FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = $1 AND ${t.id} = ANY(${textsOf('$2')}) AND ${t.refused} <> '' ORDER BY ${t.id} FOR UPDATE`,
      [namespace, texts(ids)],
    );
    return found.map(({ id }) => id);
  },

  async release(connection, namespace, ids) {
    const t = columns(connection, CounterOutbox);
    await connection.query(
      `UPDATE ${tableName(connection, CounterOutbox)} SET ${t.refused} = '', ${t.takenBy} = ''
        WHERE ${t.namespace} = $1 AND ${t.id} = ANY(${textsOf('$2')})`,
      [namespace, texts(ids)],
    );
  },

  async last(connection, namespace) {
    const t = columns(connection, CounterOutbox);
    const [row] = await connection.query<{ id: string }[]>(
      `SELECT ${t.id} AS id FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = $1 ORDER BY ${t.id} DESC LIMIT 1`,
      [namespace],
    );
    return row?.id;
  },

  async state(connection, namespace) {
    const t = columns(connection, CounterOutbox);
    const firstThat = (is: string): string =>
      `SELECT ${t.madeAt} AS made FROM ${tableName(connection, CounterOutbox)}
        WHERE ${t.namespace} = $1 AND ${t.refused} ${is} '' ORDER BY ${t.id} LIMIT ${MOST_LOOKED_AT}`;
    const [row] = await connection.query<FoundState[]>(
      `SELECT count(*)::text AS waiting, (SELECT count(*)::text FROM (${firstThat('<>')}) AS refused) AS refused,
              ${milliseconds('min(made)')} AS oldest FROM (${firstThat('=')}) AS waiting`,
      [namespace],
    );
    return row ?? { waiting: '0', refused: '0', oldest: null };
  },
};
