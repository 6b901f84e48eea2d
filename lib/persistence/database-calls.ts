import type { DataSource, QueryRunner } from 'typeorm';
import { Deadline } from '../deadline.js';
import { DatabaseUnavailableError, FastCounterError } from '../errors.js';
import { reasonOf } from '../quote.js';
import type { SqlConnection } from './dialects/sql-connection.js';
import type { SqlDialect } from './dialects/sql-dialect.js';

/** How often is repeated what the database rolled back for the sake of another transaction. */
const REPEATS = 4;

/**
 * Asks the database, each time with a deadline; rejects with our own error. What is not answered by then
 * loses its connection: it may be open at this end alone, and a driver would wait on it for ever.
 */
export class DatabaseCalls {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;

  constructor(
    dataSource: DataSource,
    private readonly dialect: SqlDialect,
    /** Milliseconds. */
    private readonly timeout: number,
  ) {
    this.#dataSource = dataSource;
  }

  /** Milliseconds for which a lock or a client is waited for, before others lose patience. */
  get patience(): number {
    return Math.ceil(this.timeout / 2);
  }

  /** One statement, or something else that is a transaction by itself. */
  step<Answer>(run: (connection: SqlConnection) => Promise<Answer>): Promise<Answer> {
    // the database may have another isolation as default: a repetition has that of ours
    return this.repeated(
      () => this.withDeadline(run),
      () => this.withDeadline((connection) => this.within(connection, () => run(connection))),
    );
  }

  /**
   * One whose client stands still holds the locks of others: the database ends it. One of many statements may renew its
   * deadline after each of them.
   */
  transaction<Answer>(
    run: (connection: SqlConnection, renew: () => void) => Promise<Answer>,
  ): Promise<Answer> {
    return this.repeated(() =>
      this.withDeadline((connection, renew) =>
        this.within(connection, () => run(connection, renew)),
      ),
    );
  }

  private async repeated<Answer>(
    call: () => Promise<Answer>,
    again: () => Promise<Answer> = call,
  ): Promise<Answer> {
    for (let left = REPEATS; ; left--) {
      try {
        return await (left === REPEATS ? call() : again());
      } catch (error) {
        if (left === 0 || !this.dialect.isTransient(error)) throw this.inOurWords(error);
      }
    }
  }

  private async within<Answer>(
    connection: SqlConnection,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    await connection.query(this.dialect.begin);
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

  /** Tells errors of the database from ours, which pass. */
  private inOurWords(error: unknown): unknown {
    if (error instanceof FastCounterError) return error;
    const reason = reasonOf(error);
    const words = [reason, this.dialect.explain(error)].filter((it) => it !== undefined);
    return new DatabaseUnavailableError(`The database failed: ${words.join('; ')}`, {
      cause: error,
    });
  }

  private async withDeadline<Answer>(
    run: (connection: SqlConnection, renew: () => void) => Promise<Answer>,
  ): Promise<Answer> {
    let deadline: Deadline | undefined;
    const runner = this.#dataSource.createQueryRunner();
    const connected = this.connect(runner);
    let renew = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      const reached = (): void => {
        // also one that the pool has yet to give: what runs on it then would be late
        connected.then(
          (connection) => connection.abandon(),
          () => undefined,
        );
        reject(
          new DatabaseUnavailableError(`The database did not answer within ${this.timeout} ms`),
        );
      };
      renew = (): void => {
        deadline?.cancel();
        deadline = new Deadline(this.timeout, reached);
      };
    });
    renew();
    const answer = this.over(connected, (connection) => run(connection, renew)).finally(() =>
      runner.release(),
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      deadline?.cancel();
    }
  }

  private async connect(runner: QueryRunner): Promise<SqlConnection> {
    const client: unknown = await runner.connect();
    return this.dialect.connectionOver(client, this.#dataSource);
  }

  /** A session that may be the reason of a failure goes, so that the next attempt has another one. */
  private async over<Answer>(
    connected: Promise<SqlConnection>,
    run: (connection: SqlConnection) => Promise<Answer>,
  ): Promise<Answer> {
    const connection = await connected;
    try {
      return await run(connection);
    } catch (error) {
      if (this.dialect.blamesSession(error)) connection.abandon();
      throw error;
    }
  }
}
