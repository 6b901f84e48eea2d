import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError, FastCounterError } from '../../errors.js';
import { UnexpectedError } from '../../mismatch-errors.js';
import { backOff } from '../../words/back-off.js';
import { Deadline } from '../../words/deadline.js';
import { reasonOf } from '../../words/quote.js';
import { expectEntities } from '../entities/expect-entities.js';
import { holdBack } from '../persisted/hold-back.js';
import { RefusedByDatabaseError } from '../refused-by-database.error.js';
import { explain, isOccupied, isOfRow, SqliteFailure } from './errors.js';
import { databaseOf } from './drivers/kinds.js';
import { locked } from './locks/partition-locks.js';
import { beginSaving, isSaved } from './saving.js';
import { SqliteSession } from './session.js';

/** Milliseconds between two attempts, while the database is occupied. */
const PAUSES = { first: 1, longest: 40 };

/**
 * Calls SQLite over the one connection that TypeORM has, and rejects with errors of this package. A call is synchronous, so
 * nothing of the application comes between its statements; and it writes only between transactions of the application,
 * as it would be rolled back with one that it is in. What is occupied is tried again, for a time.
 */
export class SqliteCalls {
  // its options may hold a key: a private name is not printed
  readonly #dataSource: DataSource;
  private readonly over = new AbortController();

  constructor(
    dataSource: DataSource,
    /** Milliseconds. */
    private readonly timeout: number,
  ) {
    this.#dataSource = dataSource;
  }

  /** Ends the calls that wait, as if their time were over. Makes no more calls. */
  giveUp(): void {
    this.over.abort();
  }

  /** Also in the middle of a transaction of the application, whose caller may wait for this. */
  async read<Answer>(run: (session: SqliteSession) => Answer): Promise<Answer> {
    return this.whenFree(() => this.inSession(run));
  }

  /** In a transaction. May run more than once: the last run counts. */
  async write<Answer>(run: (session: SqliteSession) => Answer): Promise<Answer> {
    const answer = await this.whenFree(() =>
      this.inSession((session) => session.transaction(() => run(session))),
    );
    await this.saved();
    return answer;
  }

  /** As `write()`, with something behind it in the same transaction that takes time: statements of the application wait meanwhile. */
  async writeAnd<Answer>(
    run: (session: SqliteSession) => Answer,
    behind: (answer: Answer, session: SqliteSession) => Promise<void>,
  ): Promise<Answer> {
    const answer = await this.whenFree(async () => {
      const session = this.open();
      try {
        const putBack = session.withoutWaiting();
        try {
          session.begin();
        } finally {
          putBack();
        }
        const goOn = holdBack(this.#dataSource);
        try {
          return await session.ending(async () => {
            const answer = run(session);
            await behind(answer, session);
            return answer;
          });
        } finally {
          goOn();
        }
      } finally {
        session.end();
      }
    });
    await this.saved();
    return answer;
  }

  private async saved(): Promise<void> {
    if (isSaved(this.#dataSource)) {
      // one after the other, as each writes all of the file
      await locked(this.#dataSource, 'saving', () =>
        this.whenFree(() => this.inSession(beginSaving)),
      );
    }
  }

  private open(): SqliteSession {
    if (!this.#dataSource.isInitialized) {
      throw new DatabaseUnavailableError(
        'The TypeORM data source is not initialized, or was destroyed',
      );
    }
    expectEntities(this.#dataSource);
    return new SqliteSession(this.#dataSource, databaseOf(this.#dataSource));
  }

  private inSession<Answer>(run: (session: SqliteSession) => Answer): Answer {
    const session = this.open();
    try {
      const putBack = session.withoutWaiting();
      try {
        return run(session);
      } finally {
        putBack();
      }
    } finally {
      session.end();
    }
  }

  private async whenFree<Answer>(attempt: () => Answer | Promise<Answer>): Promise<Answer> {
    const { signal } = this.over;
    const late = { is: false };
    let deadline: Deadline | undefined;
    try {
      for (let attempts = 0; ; attempts++) {
        if (signal.aborted) {
          throw new DatabaseUnavailableError(
            'The application is shutting down: the database is not called any more',
          );
        }
        try {
          return await attempt();
        } catch (error) {
          if (!isOccupied(error)) throw this.asOurError(error);
          if (late.is) throw this.tooLate(error);
        }
        deadline ??= new Deadline(this.timeout, () => (late.is = true));
        await sleep(backOff(attempts, PAUSES), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      deadline?.cancel();
    }
  }

  private tooLate(error: SqliteFailure): DatabaseUnavailableError {
    const why =
      error.about === 'transaction'
        ? 'the application had a transaction open on the one connection that TypeORM has with SQLite, and counts are written ' +
          'between transactions: end it, and call flush() and the like behind it'
        : `another connection kept it locked (${error.message})`;
    return new DatabaseUnavailableError(
      `The database was not free within ${this.timeout} ms: ${why}`,
      { cause: error.cause },
    );
  }

  /** An error as an error of this package, with that of the driver as its cause. */
  asOurError(error: unknown): unknown {
    if (error instanceof FastCounterError) return error;
    const reason = reasonOf(error);
    // what a driver throws is noted where it comes out of it
    if (!(error instanceof SqliteFailure)) {
      return new UnexpectedError(`A statement could not be made or read: ${reason}`, {
        cause: error,
      });
    }
    const hint = explain(error);
    const Failure = isOfRow(error) ? RefusedByDatabaseError : DatabaseUnavailableError;
    const words = hint === undefined ? reason : `${reason}; ${hint}`;
    return new Failure(`The database failed: ${words}`, { cause: error.cause });
  }
}
