import type { SqlConnection } from '../dialects/sql-connection.js';
import { sessionOf } from './session.js';

/** At READ COMMITTED, whatever the application or the server has as default: InnoDB locks no gaps then, and deadlocks are rare. */
export async function begin(connection: SqlConnection): Promise<void> {
  await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.query('START TRANSACTION READ WRITE');
  sessionOf(connection).inTransaction = true;
}

/** In the transaction that the connection is in, or else in one of its own. */
export async function within<Answer>(
  connection: SqlConnection,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const session = sessionOf(connection);
  if (session.inTransaction) return run();
  await begin(connection);
  try {
    const answer = await run();
    await connection.query('COMMIT');
    return answer;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => connection.abandon());
    throw error;
  } finally {
    session.inTransaction = false;
  }
}
