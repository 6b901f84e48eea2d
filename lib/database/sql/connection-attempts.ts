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
  private isAsking = false;
  private heardAt = -Infinity;
  private readonly longest: number;

  constructor(
    private readonly dialect: SqlDialect,
    timeout: number,
  ) {
    this.longest = Math.max(timeout, CONNECTING);
  }

  /** `spare`: where all connections of the data source are in use, and the server makes another one, that. */
  take(dataSource: DataSource, spare: boolean): Promise<TakenConnection> {
    return this.attempt(async (ended) => {
      const isFull = spare && this.dialect.inUse(dataSource) !== undefined;
      const other = isFull ? await this.takeSpare(dataSource, ended) : undefined;
      return other ?? this.dialect.take(dataSource, ended);
    });
  }

  /** The database has answered: whoever asks it from now on does not wait for an attempt that hangs since before. */
  heard(): void {
    this.heardAt = performance.now();
    this.isAsking = false;
  }

  /**
   * For a call that waits while all connections are in use: another one shows whether the database answers, or the refusal of
   * another one. To connect is no answer: a pooler takes connections while no database is behind it.
   */
  ask(dataSource: DataSource): void {
    if (this.isAsking || this.dialect.inUse(dataSource) === undefined) return;
    this.isAsking = true;
    const over = (): unknown => (this.isAsking = false);
    void this.attempt((ended) => this.askBySpare(dataSource, ended)).then(over, over);
  }

  private async askBySpare(dataSource: DataSource, ended: AbortSignal): Promise<void> {
    const taken = await this.takeSpare(dataSource, ended);
    if (taken === undefined) return;
    const { connection } = taken;
    const giveUp = (): void => connection.abandon();
    ended.addEventListener('abort', giveUp, { once: true });
    try {
      await connection.query('SELECT 1');
      this.heard();
    } finally {
      ended.removeEventListener('abort', giveUp);
      await taken.release();
    }
  }

  private takeSpare(
    dataSource: DataSource,
    ended: AbortSignal,
  ): Promise<TakenConnection | undefined> {
    return this.dialect.takeSpare(dataSource, ended, () => this.heard());
  }

  private async attempt<Taken>(take: (ended: AbortSignal) => Promise<Taken>): Promise<Taken> {
    if (this.isOver)
      throw new DatabaseUnavailableError(
        'The application is shutting down: no connection to the database is made any more',
      );
    const attempt = new AbortController();
    const deadline = new Deadline(this.longest, () => attempt.abort());
    this.underWay.add(attempt);
    try {
      return await take(attempt.signal);
    } catch (error) {
      noteRejection(error);
      throw error;
    } finally {
      deadline.cancel();
      this.underWay.delete(attempt);
    }
  }

  /** Why a call that began then has no connection, where that is known. */
  whyNone(dataSource: DataSource, since: number): string | undefined {
    if (this.heardAt < since) return 'it did not answer';
    const inUse = this.dialect.inUse(dataSource);
    if (inUse === undefined) return undefined;
    return (
      `all ${inUse} connections of its pool are in use, maybe by those who wait for this inside their transactions: ` +
      'raise poolSize of the data source, or ask before the transaction'
    );
  }

  /** Ends the attempts under way, and begins no more. */
  giveUp(): void {
    this.isOver = true;
    for (const attempt of this.underWay) attempt.abort();
  }
}
