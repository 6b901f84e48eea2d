import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/** What is used of TypeORM's driver of sql.js. */
interface Driver {
  readonly options: { readonly autoSave?: boolean };
  readonly queryRunner?: { readonly isTransactionActive: boolean };
  autoSave(): Promise<void>;
}

const saves = new WeakMap<DataSource, Promise<void>>();

/** The driver of a data source of sql.js that is written to a file after each change; undefined of any other. */
function savingDriver({ options, driver }: DataSource): Driver | undefined {
  if (options.type !== 'sqljs') return undefined;
  const saving = driver as unknown as Driver;
  return saving.options.autoSave === true ? saving : undefined;
}

/** Whether what was written is not in the file yet, and cannot be: saving would end the transaction of the application. */
export function mustWaitToSave(dataSource: DataSource): boolean {
  return savingDriver(dataSource)?.queryRunner?.isTransactionActive === true;
}

/** Saves a database of sql.js as the application wants it after each change; one save after the other, as each writes all of the file. */
export async function save(dataSource: DataSource): Promise<void> {
  const driver = savingDriver(dataSource);
  if (driver === undefined) return;
  const before = saves.get(dataSource) ?? Promise.resolve();
  const saved = before.then(() => driver.autoSave());
  // the next one tries anew
  const settled = saved.catch(() => undefined);
  saves.set(dataSource, settled);
  try {
    await saved;
  } catch (error) {
    throw new DatabaseUnavailableError(
      `The database of sql.js could not be saved: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}
