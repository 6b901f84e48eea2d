import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';
import { SqliteFailure } from './errors.js';
import type { SqliteSession } from './session.js';

/** What is used of TypeORM's driver of sql.js. */
interface Driver {
  readonly options: { readonly autoSave?: boolean };
  readonly queryRunner?: { readonly isTransactionActive: boolean };
  autoSave(): Promise<void>;
}

/** Whether it is a database of sql.js that the application wants in its file after each change. */
export const isSaved = ({ options, driver }: DataSource): boolean =>
  options.type === 'sqljs' && (driver as unknown as Driver).options.autoSave === true;

/**
 * Begins to save. Throws where the application has a transaction open, as saving would end it: by TypeORM, which leaves out to
 * save then, or without.
 */
export function beginSaving(session: SqliteSession): Promise<void> {
  const driver = session.dataSource.driver as unknown as Driver;
  if (driver.queryRunner?.isTransactionActive === true) {
    throw new SqliteFailure('transaction', new Error('a transaction is open'));
  }
  session.transaction(() => undefined);
  // statements end with the connection, which saving opens anew
  session.end();
  return driver.autoSave().catch((error: unknown) => {
    throw new DatabaseUnavailableError(
      `The database of sql.js could not be saved: ${reasonOf(error)}`,
      { cause: error },
    );
  });
}
