import { DatabaseUnavailableError } from '../../errors.js';
import { embeddedRange } from '../namespaces.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { tablePath } from '../dialects/table-names.js';
import { connectionOver } from './connections/connection.js';
import { inUse, take, takeSpare } from './connections/pool.js';
import { blamesSession, explain, isRefusal, isTooSlow, isTransient } from './errors.js';
import { flavourOf } from './flavour.js';
import { lockName, underSchemaLock } from './locks.js';
import { limit, tryLock } from './session.js';
import { addBatch, addDeltas, removeZeroRows, seconds } from './statements/batch.js';
import {
  anotherRow,
  bucketNames,
  deleteBuckets,
  existingStarts,
  topRows,
} from './statements/buckets.js';
import { aggregate, listRows, nameStep } from './statements/counters.js';
import { identify } from './statements/identity.js';
import { inspect } from './statements/inspection.js';
import { bucketStarts, joinBuckets } from './statements/joins.js';
import {
  ensureLedger,
  ledgerTime,
  lockLedger,
  lockLedgers,
  writeLedger,
} from './statements/ledger.js';
import { text } from './statements/literals.js';
import { outdateNote, readNote, writeNote } from './statements/notes.js';
import {
  embeddedLedgers,
  removeAbandonedLedgers,
  removeLedger,
  touchLedger,
} from './statements/own-ledger.js';
import { readParts, readValues } from './statements/values.js';
import { begin } from './transaction.js';

/** MySQL and MariaDB, by the driver mysql2. */
export const mysql: SqlDialect = {
  take,
  takeSpare,
  inUse,

  inspect,

  async limitTransaction(connection, milliseconds) {
    const most = seconds(milliseconds);
    const { isMariadb } = flavourOf(connection.dataSource);
    // MySQL has no limit for a transaction alone that waits for its client
    const idle = isMariadb ? 'idle_transaction_timeout' : 'wait_timeout';
    await limit(connection, { innodb_lock_wait_timeout: most, [idle]: most });
  },

  async limitStatements(connection, milliseconds) {
    // that of MySQL is for SELECT alone
    if (!flavourOf(connection.dataSource).isMariadb) return;
    await limit(connection, { max_statement_time: seconds(milliseconds) });
  },

  connectionOver,
  begin,

  ensureLedger,
  lockLedger,
  writeLedger,
  ledgerTime,

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
  aggregate,
  topRows,
  readParts,

  bucketNames,
  nameStep,
  deleteBuckets,

  lockLedgers: (connection, namespace) =>
    lockLedgers(connection, [namespace, ...embeddedRange(namespace)]),
  bucketStarts,
  existingStarts,
  joinBuckets,

  underSchemaLock,

  async hasTable(connection, entity) {
    const path = tablePath(connection.dataSource, entity).split('.');
    const schema = path.length > 1 ? text(path[0] ?? '') : 'DATABASE()';
    const found = await connection.query<unknown[]>(
      `SELECT 1 FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME = ${text(path.at(-1) ?? '')}`,
    );
    return found.length > 0;
  },

  tryLock: (connection, key) => tryLock(connection, lockName(key)),

  // locks of a name are never shared
  async lock(connection, key, _mode, patience) {
    if (await tryLock(connection, lockName(key), seconds(patience))) return;
    throw new DatabaseUnavailableError(
      `Others have the lock ${key} for longer than ${patience} ms`,
    );
  },

  isRefusal,
  isTooSlow,
  isTransient,
  blamesSession,
  explain,
};
