import type { SqlConnection } from '../dialects/sql-connection.js';
import { text } from './statements/literals.js';

/** The name of a lock of this database, within the 64 characters that a name may have: locks are of the whole server. */
export const lockName = (key: string): string =>
  `CONCAT('fastcounter:', LEFT(SHA2(CONCAT(COALESCE(DATABASE(), ''), ':', ${text(key)}), 256), 40))`;

/** Seconds: some versions know no wait without an end. */
const DAY = 86_400;

/** Each change of a table is committed by itself here, so a lock of the session is held until all of them are made. */
export async function underSchemaLock(
  connection: SqlConnection,
  _inTransaction: boolean,
  change: () => Promise<void>,
): Promise<void> {
  const lock = lockName('schema');
  await connection.query(`SELECT GET_LOCK(${lock}, ${DAY})`);
  try {
    await change();
  } finally {
    // one that is broken has lost the lock
    await connection.query(`DO RELEASE_LOCK(${lock})`).catch(() => undefined);
  }
}
