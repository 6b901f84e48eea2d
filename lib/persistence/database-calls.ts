import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { Deadline } from '../deadline.js';
import { DatabaseUnavailableError } from '../errors.js';
import type { SqlDialect } from './dialects/sql-dialect.js';

/**
 * Asks the database, each time with a deadline. What is not answered by then loses its connection: it
 * may be open at this end alone, and a driver would wait on it for ever.
 */
export class DatabaseCalls {
  constructor(
    private readonly dataSource: DataSource,
    private readonly dialect: SqlDialect,
    /** Milliseconds. */
    private readonly timeout: number,
  ) {}

  /** Milliseconds for which a lock or a client is waited for, before others lose patience. */
  get patience(): number {
    return Math.ceil(this.timeout / 2);
  }

  /** One statement, or something else that is a transaction by itself. */
  step<Answer>(run: (manager: EntityManager) => Promise<Answer>): Promise<Answer> {
    return this.withDeadline(this.dataSource.createQueryRunner(), run);
  }

  /** One whose client stands still holds the locks of others: the database ends it. */
  transaction<Answer>(run: (manager: EntityManager) => Promise<Answer>): Promise<Answer> {
    return this.withDeadline(this.dataSource.createQueryRunner(), (manager) =>
      manager.transaction(async (within) => {
        await this.dialect.limitTransaction(within, this.patience);
        return run(within);
      }),
    );
  }

  private async withDeadline<Answer>(
    runner: QueryRunner,
    run: (manager: EntityManager) => Promise<Answer>,
  ): Promise<Answer> {
    let deadline: Deadline | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = new Deadline(this.timeout, () => {
        // also one that the pool has yet to give: what runs on it then would be late
        runner.connect().then(
          (connection: unknown) => this.dialect.abandon(connection),
          () => undefined,
        );
        reject(
          new DatabaseUnavailableError(`The database did not answer within ${this.timeout} ms`),
        );
      });
    });
    const answer = run(runner.manager).finally(() => runner.release());
    try {
      return await Promise.race([answer, late]);
    } finally {
      deadline?.cancel();
    }
  }
}
