import type { SqlConnection } from '../../dialects/sql-connection.js';

export const BEGIN = 'START TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE';

/** In one transaction: who fails half-way has changed nothing. */
export async function underSchemaLock(
  connection: SqlConnection,
  inTransaction: boolean,
  change: () => Promise<void>,
): Promise<void> {
  const locked = async (): Promise<void> => {
    await connection.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('fastcounter:schema', 0))::text`,
    );
    await change();
  };
  if (inTransaction) return locked();
  await connection.query(BEGIN);
  try {
    await locked();
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
