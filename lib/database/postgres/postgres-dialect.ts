import { CounterLedger } from '../entities/ledger.entity.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { addBatch, addDeltas, setLimit } from './statements/batch.js';
import { bucketNames, deleteBuckets, topRows } from './statements/buckets.js';
import { blamesSession, explain, isRefusal, isTooSlow, isTransient } from './errors.js';
import { bucketStarts, joinBuckets, lockLedgers, existingStarts } from './statements/joins.js';
import { leftOutText, parseLeftOut } from '../dialects/left-out.js';
import { anotherRow } from './statements/another-row.js';
import {
  embeddedLedgers,
  removeAbandonedLedgers,
  removeLedger,
  touchLedger,
} from './statements/own-ledger.js';
import { identify } from './statements/identity.js';
import { outdateNote, readNote, writeNote } from './statements/redis-notes.js';
import { readParts, readValues } from './statements/reading.js';
import { aggregate, listRows, nameStep, removeZeroRows } from './statements/rows.js';
import { BEGIN, underSchemaLock } from './statements/schema-lock.js';
import { connectionOver } from './connections/connection.js';
import { inspect } from './statements/inspection.js';
import { inUse, take, takeSpare } from './connections/pool.js';
import { columns, tableName } from '../dialects/table-names.js';

/** Lists as parameters: the text of a statement is the same for any number of names. */
export const postgres: SqlDialect = {
  take,
  takeSpare,
  inUse,

  inspect,

  async limitTransaction(connection, milliseconds) {
    const limits = ['lock_timeout', 'idle_in_transaction_session_timeout'].map((name) =>
      setLimit(name, '$1'),
    );
    await connection.query(`SELECT ${limits.join(', ')}`, [`${milliseconds}ms`]);
  },

  async limitStatements(connection, milliseconds) {
    await connection.query(`SELECT ${setLimit('statement_timeout', '$1')}`, [`${milliseconds}ms`]);
  },

  connectionOver,
  // whatever the application or the database has as default: others would refuse what waited for a lock
  async begin(connection) {
    await connection.query(BEGIN);
  },

  async ensureLedger(connection, namespace, partition) {
    const t = columns(connection, CounterLedger);
    await connection.query(
      `INSERT INTO ${tableName(connection, CounterLedger)}
         (${t.namespace}, ${t.partition}, ${t.seq}, ${t.nonce}, ${t.leftOut}, ${t.updatedAt})
       VALUES ($1, $2, 0, '', '[]', now()) ON CONFLICT DO NOTHING`,
      [namespace, partition],
    );
  },

  async lockLedger(connection, namespace, partition) {
    const t = columns(connection, CounterLedger);
    const [row] = await connection.query<{ seq: string; nonce: string; left_out: string }[]>(
      `SELECT ${t.seq}::text AS seq, ${t.nonce} AS nonce, ${t.leftOut} AS left_out
         FROM ${tableName(connection, CounterLedger)}
        WHERE ${t.namespace} = $1 AND ${t.partition} = $2 FOR UPDATE`,
      [namespace, partition],
    );
    if (row === undefined) return undefined;
    return { seq: Number(row.seq), nonce: row.nonce, ...parseLeftOut(row.left_out) };
  },

  async writeLedger(connection, namespace, partition, row) {
    const t = columns(connection, CounterLedger);
    await connection.query(
      `UPDATE ${tableName(connection, CounterLedger)}
          SET ${t.seq} = $3, ${t.nonce} = $4, ${t.leftOut} = $5, ${t.updatedAt} = now()
        WHERE ${t.namespace} = $1 AND ${t.partition} = $2`,
      [namespace, partition, row.seq, row.nonce, leftOutText(row)],
    );
  },

  async ledgerTime(connection, namespace) {
    const t = columns(connection, CounterLedger);
    const [row] = await connection.query<{ written: string | null }[]>(
      `SELECT floor(extract(epoch FROM max(${t.updatedAt})) * 1000)::text AS written
         FROM ${tableName(connection, CounterLedger)}
        WHERE ${t.namespace} = $1 AND ${t.partition} >= 0`,
      [namespace],
    );
    const written = row?.written ?? null;
    return written === null ? undefined : new Date(Number(written));
  },

  readNote,
  writeNote,
  outdateNote,

  identify,
  embeddedLedgers,
  touchLedger,
  removeLedger,
  removeAbandonedLedgers,

  addBatch,
  addDeltas,
  anotherRow,

  removeZeroRows,

  readValues,

  listRows,
  topRows,
  readParts,

  aggregate,

  bucketNames,
  nameStep,
  deleteBuckets,

  lockLedgers,
  bucketStarts,
  existingStarts,
  joinBuckets,

  underSchemaLock,

  // looks it up as DDL does, and not in the snapshot of the transaction; a statement that opens a table hears first
  // of what was committed meanwhile
  async hasTable(connection, entity) {
    const [found] = await connection.query<{ found: string }[]>(
      'SELECT (to_regclass($1) IS NOT NULL)::text AS found FROM pg_class LIMIT 1',
      [tableName(connection, entity)],
    );
    return found?.found === 'true';
  },

  async tryLock(connection, key) {
    const rows = await connection.query<{ locked: string }[]>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))::text AS locked',
      [`fastcounter:${key}`],
    );
    return rows[0]?.locked === 'true';
  },

  // by lock_timeout, which the transaction has
  async lock(connection, key, mode) {
    const take = `pg_advisory_xact_lock${mode === 'shared' ? '_shared' : ''}`;
    await connection.query(`SELECT ${take}(hashtextextended($1, 0))::text`, [`fastcounter:${key}`]);
  },

  isRefusal,
  isTooSlow,
  isTransient,
  blamesSession,
  explain,
};
