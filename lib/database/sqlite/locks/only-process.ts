import type { DataSource } from 'typeorm';
import type { StoreProblem } from '../../../cache/counter-cache.js';
import { quote } from '../../../words/quote.js';
import { failureOf, isOccupied } from '../errors.js';

/** What is used of a connection of better-sqlite3. */
interface Connection {
  readonly memory: boolean;
  readonly open: boolean;
  exec(sql: string): unknown;
  close(): unknown;
}

/** What is used of TypeORM's driver of better-sqlite3. */
interface Driver {
  readonly sqlite: new (file: string, options: { timeout: number }) => Connection;
  readonly databaseConnection: Connection;
}

/** A lock of a data source, and how many stores have it. */
interface Held {
  connection: Connection;
  stores: number;
}

const held = new WeakMap<DataSource, Held>();

/**
 * A file beside that of the database, locked as long as this process counts there with Redis: the system lets go of it when the
 * process ends, however it does. The file stays, empty: who removed it could remove the lock of the next process.
 */
export class OnlyProcess {
  private hasLock = false;

  constructor(private readonly dataSource: DataSource) {}

  /** Takes the lock, unless this store has it. `file` is the path of the database. Answers why not. */
  take(file: string): StoreProblem[] {
    const { sqlite: Sqlite, databaseConnection } = this.dataSource.driver as unknown as Driver;
    const isFile = this.dataSource.options.type === 'better-sqlite3' && !databaseConnection.memory;
    if (!isFile || this.hasLock) return [];
    const known = held.get(this.dataSource);
    if (known !== undefined) known.stores++;
    else {
      const connection = new Sqlite(`${file}-fastcounter`, { timeout: 0 });
      try {
        connection.exec('BEGIN EXCLUSIVE');
      } catch (error) {
        connection.close();
        const failure = failureOf(error, true);
        if (!isOccupied(failure)) throw failure;
        return [refusal(file)];
      }
      held.set(this.dataSource, { connection, stores: 1 });
    }
    this.hasLock = true;
    return [];
  }

  release(): void {
    const known = held.get(this.dataSource);
    if (!this.hasLock || known === undefined) return;
    this.hasLock = false;
    if (--known.stores > 0) return;
    held.delete(this.dataSource);
    known.connection.close();
  }
}

const refusal = (file: string): StoreProblem => ({
  kind: 'unusable',
  message:
    `Another process, or another data source, counts with Redis on the SQLite file ${quote(file)}: with Redis one process may use it. ` +
    'Stop the other, count embedded, or keep counts in PostgreSQL, MySQL or MariaDB',
});
