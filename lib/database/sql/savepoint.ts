import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';

const SAVEPOINT = 'fastcounter_part';

/** Runs under a savepoint. Answers an error that refuses rows or took too long, after a rollback to it; throws any other. */
export async function underSavepoint(
  connection: SqlConnection,
  dialect: SqlDialect,
  run: () => Promise<unknown>,
  then: 'kept' | 'taken back' = 'kept',
): Promise<Error | undefined> {
  // one by one: not every driver sends several statements at once
  const back = [`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`, `RELEASE SAVEPOINT ${SAVEPOINT}`];
  const end = then === 'taken back' ? back : back.slice(1);
  await connection.query(`SAVEPOINT ${SAVEPOINT}`);
  try {
    await run();
    for (const statement of end) await connection.query(statement);
    return undefined;
  } catch (error) {
    if (!dialect.isRefusal(error) && !dialect.isTooSlow(error)) throw error;
    for (const statement of back) await connection.query(statement);
    return error as Error;
  }
}
