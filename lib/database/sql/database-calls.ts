import type { DataSource } from 'typeorm';
import { Deadline } from '../../words/deadline.js';
import { DatabaseUnavailableError, FastCounterError } from '../../errors.js';
import { isMistake } from '../../incidents/is-mistake.js';
import { UnexpectedError } from '../../mismatch-errors.js';
import { reasonOf } from '../../words/quote.js';
import { ConnectionAttempts } from './connection-attempts.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { isOfDriver, listenTo } from './driver-errors.js';
import { RefusedByDatabaseError } from '../refused-by-database.error.js';
import { expectEntities } from '../entities/expect-entities.js';

/** Where a connection comes from: `spare` is for calls that a caller waits for, who may hold all connections of the pool. */
type Origin = 'pool' | 'spare';

/** How often a transaction is repeated that the database rolled back in favour of another one. */
const REPEATS = 4;

/**
 * Calls the database with a deadline, and rejects with errors of this package. A call that is not answered in time loses its
 * connection: that may be open at this end alone, and a driver would wait for it for ever.
 */
export class DatabaseCalls {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;
  /** Functions that end the calls under way. */
  readonly #underWay = new Set<() => void>();
  private readonly attempts: ConnectionAttempts;

  constructor(
    dataSource: DataSource,
    private readonly dialect: SqlDialect,
    /** Milliseconds. */
    private readonly timeout: number,
  ) {
    this.#dataSource = dataSource;
    this.attempts = new ConnectionAttempts(dialect, timeout);
  }

  /** Milliseconds that a transaction may wait for a lock or its client: less than a call that waits for this transaction has. */
  get patience(): number {
    return Math.ceil(this.timeout / 2);
  }

  /** Ends the calls under way, and attempts to connect, as if their time were over. Makes no more calls. */
  giveUp(): void {
    this.attempts.giveUp();
    for (const end of this.#underWay) end();
  }

  /** One statement, or something else that is a transaction by itself. */
  step<Answer>(
    run: (connection: SqlConnection) => Promise<Answer>,
    from: Origin = 'pool',
  ): Promise<Answer> {
    // the database may have another isolation as default: a repetition has that of ours
    return this.repeatingTransient(
      () => this.withDeadline(from, run),
      () =>
        this.withDeadline(from, (connection) =>
          this.inTransaction(connection, () => run(connection)),
        ),
    );
  }

  /**
   * One whose client stands still holds the locks of others: the database ends it. One of many statements may renew its
   * deadline after each of them.
   */
  transaction<Answer>(
    run: (connection: SqlConnection, renew: () => void) => Promise<Answer>,
    from: Origin = 'pool',
  ): Promise<Answer> {
    return this.repeatingTransient(() =>
      this.withDeadline(from, (connection, renew) =>
        this.inTransaction(connection, () => run(connection, renew)),
      ),
    );
  }

  private async repeatingTransient<Answer>(
    call: () => Promise<Answer>,
    again: () => Promise<Answer> = call,
  ): Promise<Answer> {
    for (let left = REPEATS; ; left--) {
      try {
        return await (left === REPEATS ? call() : again());
      } catch (error) {
        if (left === 0 || !this.dialect.isTransient(error)) throw this.asOurError(error);
      }
    }
  }

  private async inTransaction<Answer>(
    connection: SqlConnection,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    await this.dialect.begin(connection);
    try {
      await this.dialect.limitTransaction(connection, this.patience);
      const answer = await run();
      await connection.query('COMMIT');
      return answer;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => connection.abandon());
      throw error;
    }
  }

  /**
   * An error as an error of this package, with the former as its cause. Only what the driver rejected with can be an outage, or a
   * refusal: anything else is an error of the program.
   */
  asOurError(error: unknown): unknown {
    if (error instanceof FastCounterError) return error;
    const reason = reasonOf(error);
    if (isMistake(error) || !isOfDriver(error)) {
      return new UnexpectedError(`A statement could not be made or read: ${reason}`, {
        cause: error,
      });
    }
    const words = [reason, this.dialect.explain(error)].filter((it) => it !== undefined);
    const Failure = this.dialect.isRefusal(error)
      ? RefusedByDatabaseError
      : DatabaseUnavailableError;
    return new Failure(`The database failed: ${words.join('; ')}`, { cause: error });
  }

  private async withDeadline<Answer>(
    from: Origin,
    run: (connection: SqlConnection, renew: () => void) => Promise<Answer>,
  ): Promise<Answer> {
    if (!this.#dataSource.isInitialized) {
      throw new DatabaseUnavailableError(
        'The TypeORM data source is not initialized, or was destroyed',
      );
    }
    expectEntities(this.#dataSource);
    let deadline: Deadline | undefined;
    let isLate = false;
    let connection: SqlConnection | undefined;
    let renew = (): void => undefined;
    let giveUp = (): void => undefined;
    const begun = performance.now();
    const asking = new Deadline(this.patience, () => {
      if (connection === undefined) this.attempts.ask(this.#dataSource);
    });
    const late = new Promise<never>((_, reject) => {
      const reached = (): void => {
        isLate = true;
        connection?.abandon();
        reject(this.tooLate(connection === undefined ? begun : undefined));
      };
      giveUp = reached;
      this.#underWay.add(giveUp);
      renew = (): void => {
        deadline?.cancel();
        deadline = new Deadline(this.timeout, reached);
      };
    });
    renew();
    const answered = async (): Promise<Answer> => {
      const taken = await this.attempts.take(this.#dataSource, from === 'spare');
      connection = listenTo(taken.connection);
      try {
        // the caller has its error by now
        if (isLate) throw this.tooLate(begun);
        return await this.dropIfBlamed(connection, renew, run);
      } finally {
        await taken.release();
      }
    };
    try {
      return await Promise.race([answered(), late]);
    } finally {
      asking.cancel();
      deadline?.cancel();
      this.#underWay.delete(giveUp);
    }
  }

  /** `waitingSince`: when a call began that has got no connection. */
  private tooLate(waitingSince?: number): DatabaseUnavailableError {
    if (waitingSince === undefined) {
      return new DatabaseUnavailableError(`The database did not answer within ${this.timeout} ms`);
    }
    const reason = this.attempts.whyNone(this.#dataSource, waitingSince);
    return new DatabaseUnavailableError(
      `The database gave no connection within ${this.timeout} ms${reason === undefined ? '' : `: ${reason}`}`,
    );
  }

  /** Drops a connection whose session may be the reason of a failure, so that the next attempt has another one. */
  private async dropIfBlamed<Answer>(
    connection: SqlConnection,
    renew: () => void,
    run: (connection: SqlConnection, renew: () => void) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const answer = await run(connection, renew);
      this.attempts.heard();
      return answer;
    } catch (error) {
      if (this.dialect.blamesSession(error)) connection.abandon();
      throw error;
    }
  }
}
