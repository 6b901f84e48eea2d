import type { DataSource } from 'typeorm';
import { SqliteFailure } from './errors.js';
import type { SqliteDatabase, SqliteStatement, Value } from './sqlite-database.js';

/** What a statement answers: texts, whatever the types of the columns are. */
export type Texts<Column extends string> = Readonly<Record<Column, string>>;

/**
 * Statements of one call on the connection of the application. Drivers of SQLite are synchronous: nobody else sends
 * a statement before the call is over.
 */
export class SqliteSession {
  private readonly prepared = new Map<string, SqliteStatement>();

  constructor(
    /** Says how tables and columns are called. */
    readonly dataSource: DataSource,
    private readonly database: SqliteDatabase,
  ) {}

  get isReadonly(): boolean {
    return this.database.isReadonly;
  }

  /** Statements select texts alone, as drivers round numbers. */
  query<Row = unknown>(sql: string, parameters: readonly Value[] = []): Row[] {
    return this.prepare(sql).all(parameters) as Row[];
  }

  /** For one that runs many times. */
  prepare(sql: string): SqliteStatement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.prepared.set(sql, made);
    return made;
  }

  end(): void {
    for (const statement of this.prepared.values()) statement.free();
    this.prepared.clear();
  }

  /**
   * In a transaction that has the lock for writing from its beginning. Throws where the application has one open, as what is
   * written there is rolled back with it.
   */
  transaction<Answer>(run: () => Answer): Answer {
    this.begin();
    try {
      const answer = run();
      this.query('COMMIT');
      return answer;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** As `transaction()` does. */
  begin(): void {
    this.query('BEGIN IMMEDIATE');
  }

  /** Runs in the transaction that was begun, and ends it. */
  async ending<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await run();
      this.query('COMMIT');
      return answer;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** Runs, and takes back what it did. */
  trial(run: () => void): void {
    this.query('SAVEPOINT fastcounter_trial');
    try {
      run();
    } finally {
      this.query('ROLLBACK TO fastcounter_trial');
      this.query('RELEASE fastcounter_trial');
    }
  }

  /** Throws where the transaction was rolled back by a trigger: what followed would be committed row by row. */
  expectTransaction(because: unknown): void {
    try {
      this.query('BEGIN');
    } catch (error) {
      if (error instanceof SqliteFailure && error.about === 'transaction') return;
      throw error;
    }
    throw new SqliteFailure('database', because);
  }

  /** Locks of others are not waited for: that would stop the whole process. Answers a function that puts the former wait back. */
  withoutWaiting(): () => void {
    const [found] = this.query<{ timeout?: unknown }>('PRAGMA busy_timeout');
    const before = Number(found?.timeout ?? 0);
    if (before === 0) return () => undefined;
    this.query('PRAGMA busy_timeout = 0');
    return () => void this.query(`PRAGMA busy_timeout = ${before}`);
  }

  private rollBack(): void {
    try {
      this.query('ROLLBACK');
    } catch {
      // SQLite did so already, as where the disk is full
    }
  }
}
