import { DatabaseUnavailableError } from '../../errors.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { LedgerRow, SqlDialect } from '../dialects/sql-dialect.js';

/** Locks the ledger row of a partition until the transaction ends, and makes it where it is missing. */
export async function lockLedger(
  dialect: SqlDialect,
  connection: SqlConnection,
  namespace: string,
  partition: number,
): Promise<{ ledger: LedgerRow; isNew: boolean }> {
  const found = await dialect.lockLedger(connection, namespace, partition);
  if (found !== undefined) return { ledger: found, isNew: false };
  await dialect.ensureLedger(connection, namespace, partition);
  const made = await dialect.lockLedger(connection, namespace, partition);
  if (made === undefined) throw changedMeanwhile(partition, 'was removed');
  return { ledger: made, isNew: true };
}

/** Somebody else, such as an operator, changes the ledger: a later attempt may succeed. */
export const changedMeanwhile = (partition: number, what: string): DatabaseUnavailableError =>
  new DatabaseUnavailableError(`The ledger row of partition ${partition} ${what}`);

/** Moves a ledger row that was made anew to the seq of a batch, so that the batch is superseded and those behind it are applied. */
export async function moveLedgerTo(
  dialect: SqlDialect,
  connection: SqlConnection,
  { namespace, partition }: { namespace: string; partition: number },
  ledger: LedgerRow,
  seq: number,
): Promise<{ status: 'superseded'; ledgerSeq: number }> {
  // another worker of this process may have moved it before
  if (ledger.seq >= seq) return { status: 'superseded', ledgerSeq: ledger.seq };
  await dialect.writeLedger(connection, namespace, partition, { seq, nonce: '', leftOut: [] });
  return { status: 'superseded', ledgerSeq: seq };
}
