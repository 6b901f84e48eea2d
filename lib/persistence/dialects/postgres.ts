import type { EventEmitter } from 'node:events';
import type { EntityManager } from 'typeorm';
import type { Int64String } from '../../cache/int64.js';
import { quote } from '../../quote.js';
import { Counter } from '../counter.entity.js';
import { CounterLedger } from '../ledger.entity.js';
import type { SqlDialect } from './sql-dialect.js';
import { addBatch, addDeltas, setLimit } from './postgres-batch.js';
import { bucketLists, deleteBuckets, selectBuckets, splitNames } from './postgres-buckets.js';
import { blamesSession, explain, isRefusal, isTooSlow, isTransient } from './postgres-errors.js';
import { bucketStarts, joinBuckets, lockLedgers, startsThatAre } from './postgres-joins.js';
import { leftOutText, parseLeftOut } from './left-out.js';
import { anotherRow } from './postgres-another-row.js';
import { numbers, oneRow, pairs, pairsOf, texts, textsOf } from './postgres-lists.js';
import { removeAbandonedLedgers, removeLedger, touchLedger } from './postgres-own-ledger.js';
import { listRows } from './postgres-rows.js';
import { columns, tableName } from './table-names.js';

/** What is used of pg's. */
interface Client {
  end(): Promise<void>;
}

/** Lists as parameters: the text of a statement is the same for any number of names. */
export const postgres: SqlDialect = {
  // TypeORM listens for a new connection's errors a moment after pg's pool has stopped to: an error in
  // between, as of a server that shuts down, would end the process.
  prepare({ driver }) {
    const { master, slaves = [] } = driver as { master?: EventEmitter; slaves?: EventEmitter[] };
    for (const pool of [master, ...slaves]) {
      pool?.on('connect', (client: EventEmitter) => client.on('error', () => undefined));
    }
  },

  async inspect(manager) {
    const [{ name, encoding } = { name: '', encoding: '' }] = await manager.query<
      { name: string; encoding: string }[]
    >(`SELECT current_database() AS name, current_setting('server_encoding') AS encoding`);
    if (encoding === 'UTF8') return [];
    // also SQL_ASCII, which takes every byte: a name would be cut by its bytes, not by its characters
    const message =
      `The database ${quote(name)} is encoded in ${quote(encoding)} and cannot hold every counter name: ` +
      `move the tables to one made by CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`;
    return [{ kind: 'unusable', message }];
  },

  async limitTransaction(manager, milliseconds) {
    const limits = ['lock_timeout', 'idle_in_transaction_session_timeout'].map((name) =>
      setLimit(name, '$1'),
    );
    await manager.query(`SELECT ${limits.join(', ')}`, [`${milliseconds}ms`]);
  },

  async limitStatements(manager, milliseconds) {
    await manager.query(`SELECT ${setLimit('statement_timeout', '$1')}`, [`${milliseconds}ms`]);
  },

  // pg destroys the socket when a query is under way
  abandon: (connection) => void (connection as Client).end().catch(() => undefined),

  async ensureLedger(manager, namespace, partition) {
    const t = columns(manager, CounterLedger);
    await manager.query(
      `INSERT INTO ${tableName(manager, CounterLedger)}
         (${t.namespace}, ${t.partition}, ${t.seq}, ${t.nonce}, ${t.leftOut}, ${t.updatedAt})
       VALUES ($1, $2, 0, '', '[]', now()) ON CONFLICT DO NOTHING`,
      [namespace, partition],
    );
  },

  async lockLedger(manager, namespace, partition) {
    const t = columns(manager, CounterLedger);
    const [row] = await manager.query<{ seq: string; nonce: string; left_out: string }[]>(
      `SELECT ${t.seq}::text AS seq, ${t.nonce} AS nonce, ${t.leftOut} AS left_out
         FROM ${tableName(manager, CounterLedger)}
        WHERE ${t.namespace} = $1 AND ${t.partition} = $2 FOR UPDATE`,
      [namespace, partition],
    );
    if (row === undefined) return undefined;
    return { seq: Number(row.seq), nonce: row.nonce, ...parseLeftOut(row.left_out) };
  },

  async writeLedger(manager, namespace, partition, row) {
    const t = columns(manager, CounterLedger);
    await manager.query(
      `UPDATE ${tableName(manager, CounterLedger)}
          SET ${t.seq} = $3, ${t.nonce} = $4, ${t.leftOut} = $5, ${t.updatedAt} = now()
        WHERE ${t.namespace} = $1 AND ${t.partition} = $2`,
      [namespace, partition, row.seq, row.nonce, leftOutText(row)],
    );
  },

  touchLedger,
  removeLedger,
  removeAbandonedLedgers,

  addBatch,
  addDeltas,
  anotherRow,

  async removeZeroRows(manager, namespace, names) {
    if (names.length === 0) return;
    const t = columns(manager, Counter);
    const table = tableName(manager, Counter);
    // looked at again where it is removed: somebody else may have added to the row since it was found
    await manager.query(
      `DELETE FROM ${table} WHERE ${t.value} = 0 AND ctid = ANY(ARRAY(
         SELECT found.ctid FROM unnest(${textsOf('$2')}) AS asked(name)
          CROSS JOIN LATERAL ${oneRow(
            `SELECT ctid FROM ${table}
              WHERE ${t.namespace} = $1 AND ${t.name} = asked.name AND ${t.value} = 0`,
          )} AS found))`,
      [namespace, texts(names)],
    );
  },

  async readValues(manager: EntityManager, { counters: namespace, ledger }, names, partitions) {
    const t = columns(manager, Counter);
    const l = columns(manager, CounterLedger);
    const { counters, buckets } = splitNames(names.map((name) => ({ name })));
    const [row] = await manager.query<Record<string, string | null>[]>(
      `SELECT string_agg(asked.name, chr(10)) AS names, string_agg(value, ' ') AS "values",
        (SELECT ${pairsOf(l.partition, l.seq)} FROM ${tableName(manager, CounterLedger)}
          WHERE ${l.namespace} = $4 AND ${l.partition} = ANY($3::int[])) AS reached,
        ${buckets.length === 0 ? 'NULL' : `(${selectBuckets(manager)})`} AS bucketed
       FROM unnest(${textsOf('$2')}) AS asked(name)
      CROSS JOIN LATERAL ${oneRow(
        `SELECT ${t.value}::text AS value FROM ${tableName(manager, Counter)}
          WHERE ${t.namespace} = $1 AND ${t.name} = asked.name`,
      )} AS found`,
      [
        ...[namespace, texts(counters.map(({ name }) => name)), numbers(partitions), ledger],
        ...(buckets.length === 0 ? [] : bucketLists(buckets)),
      ],
    );
    const ledgers = new Map(partitions.map((partition) => [partition, 0]));
    const values = new Map<string, Int64String>();
    const found = row?.values?.split(' ') ?? [];
    row?.names?.split('\n').forEach((name, place) => values.set(name, found[place] ?? '0'));
    for (const [name, value] of pairs(row?.bucketed ?? null)) values.set(name, value);
    for (const [key, seq] of pairs(row?.reached ?? null)) ledgers.set(Number(key), Number(seq));
    return { values, ledgers };
  },

  listRows,

  deleteBuckets,

  lockLedgers,
  bucketStarts,
  startsThatAre,
  joinBuckets,

  async tryLock(manager, key) {
    const rows = await manager.query<{ locked: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
      [`fastcounter:${key}`],
    );
    return rows[0]?.locked === true;
  },

  isRefusal,
  isTooSlow,
  isTransient,
  blamesSession,
  explain,
};
