import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../errors.js';
import { Deadline } from '../../words/deadline.js';
import type { TakenConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { noteRejection } from './driver-errors.js';

/** Milliseconds that connecting may take at least: a connection that comes after its caller gave up serves the next one. */
const CONNECTING = 15_000;

/** Attempts to connect, each with a time limit: a data source that closes waits for them, and the application with it. */
export class ConnectionAttempts {
  private readonly underWay = new Set<AbortController>();
  private isOver = false;
  private readonly longest: number;

  constructor(
    private readonly dialect: SqlDialect,
    timeout: number,
  ) {
    this.longest = Math.max(timeout, CONNECTING);
  }

  async take(dataSource: DataSource, spare: boolean): Promise<TakenConnection> {
    if (this.isOver)
      throw new DatabaseUnavailableError(
        'The application is shutting down: no connection to the database is made any more',
      );
    const attempt = new AbortController();
    const deadline = new Deadline(this.longest, () => attempt.abort());
    this.underWay.add(attempt);
    try {
      return await this.dialect.take(dataSource, spare, attempt.signal);
    } catch (error) {
      noteRejection(error);
      throw error;
    } finally {
      deadline.cancel();
      this.underWay.delete(attempt);
    }
  }

  /** Ends the attempts under way, and begins no more. */
  giveUp(): void {
    this.isOver = true;
    for (const attempt of this.underWay) attempt.abort();
  }
}
