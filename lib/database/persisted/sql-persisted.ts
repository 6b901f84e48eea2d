import type { Batch } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';
import type { Int64String } from '../../words/int64.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import type { OnPersisted } from './on-persisted.js';
import { persistedBatch } from './persisted-batch.js';
import { callWithin, ended, failed, lend, TooLate } from './persisted-call.js';

interface Applying {
  partition: number;
  /** With the deltas that were added. */
  batch: Batch;
  applied: {
    values: ReadonlyMap<string, Int64String>;
    leftOut: readonly string[];
    refused?: readonly Refusal[];
  };
}

/** Calls the option `onPersisted` in the transaction of a batch, behind everything else, over the connection of the transaction. */
export class SqlPersisted {
  constructor(
    private readonly dialect: SqlDialect,
    /** Namespace of the ledger. */
    private readonly ledger: string,
    private readonly onPersisted: OnPersisted,
    /** Milliseconds that it may take. */
    private readonly limit: number,
  ) {}

  async call(
    connection: SqlConnection,
    { partition, batch, applied }: Applying,
    renew: () => void,
  ): Promise<void> {
    const persisted = persistedBatch(partition, batch, applied);
    if (persisted.counts.length === 0) return;
    const lent = lend(connection.dataSource.createQueryRunner(), connection.client);
    renew();
    try {
      await callWithin(this.limit, this.onPersisted, persisted, lent.manager);
      await this.expectTransaction(connection, partition, batch);
    } catch (error) {
      throw await this.failure(connection, error);
    } finally {
      lent.takeBack();
      renew();
    }
  }

  /**
   * A commit of PostgreSQL is no error where a statement failed before, and nobody noticed: nothing would be committed. Neither is
   * one of MySQL that a deadlock has rolled back.
   */
  private async expectTransaction(
    connection: SqlConnection,
    partition: number,
    { nonce }: Batch,
  ): Promise<void> {
    if (connection.dataSource.options.type === 'postgres') {
      // what would be refused at the commit is told here
      await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    }
    const ledger = await this.dialect.lockLedger(connection, this.ledger, partition);
    if (ledger?.nonce !== nonce) throw ended();
  }

  /** Whose error it is: the database is away where it does not even roll back. */
  private async failure(connection: SqlConnection, error: unknown): Promise<unknown> {
    if (this.dialect.isTransient(error)) return error;
    // a statement of the application may be under way
    if (error instanceof TooLate) connection.abandon();
    else {
      try {
        await connection.query('ROLLBACK');
      } catch (ofDatabase) {
        return ofDatabase;
      }
    }
    return failed(error);
  }
}
