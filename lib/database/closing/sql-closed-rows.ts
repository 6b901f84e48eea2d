import type { DataSource } from 'typeorm';
import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import { CounterOverflowError } from '../../errors.js';
import type { BucketWindow } from '../../words/bucket-name.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { LockMode, SqlDialect } from '../dialects/sql-dialect.js';
import { CounterClosing } from '../entities/closing.entities.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import {
  addToClosed,
  type CorrectedPart,
  type FoundClosing,
  forgetRows,
  forgetRowsBefore,
  selectClosed,
  type Written,
} from './closing-statements.js';
import {
  baseWindow,
  bucketOf,
  closedOnes,
  inParts,
  keysOf,
  movedParts,
  moves,
  partsOfRows,
  replacedParts,
  replaces,
  staying,
  windowKey,
} from './closed-parts.js';
import type { ClosedWindow } from './closings.js';
import { mysqlValues, postgresValues } from './written-values.js';

/**
 * Keeps what rows of closed windows should hold of one mind with what transactions do to these rows. Whoever changes the one or the
 * other has the lock of the closings: batches share it; a correction, a closing and a look for what came late have it alone.
 */
export class SqlClosedRows {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;
  private found = false;

  constructor(
    dataSource: DataSource,
    private readonly dependencies: { database: DatabaseCalls; dialect: SqlDialect },
    private readonly namespace: string,
  ) {
    this.#dataSource = dataSource;
  }

  /** Until the end of the transaction. */
  lock(connection: SqlConnection, mode: LockMode): Promise<void> {
    const { dialect, database } = this.dependencies;
    return dialect.lock(connection, `closing:${this.namespace}`, mode, database.patience);
  }

  /** Whether the tables are there: they come with version 2 of the schema. */
  async exists(connection: SqlConnection): Promise<boolean> {
    this.found ||= await this.dependencies.dialect.hasTable(connection, CounterClosing);
    return this.found;
  }

  /** Before a batch changes rows: the batch without moves of rows of closed windows. These stay with their numbers. */
  async before(connection: SqlConnection, batch: Batch): Promise<Batch> {
    if (!batch.entries.some((entry) => moves(entry) || replaces(entry))) return batch;
    if (!(await this.exists(connection))) return batch;
    await this.lock(connection, 'shared');
    return staying(batch, await this.closedAmong(connection, movedParts(batch)));
  }

  /** After the rows of a batch were changed: those that were removed or set anew hold nothing of a closed number. */
  async after(connection: SqlConnection, entries: readonly BatchEntry[]): Promise<void> {
    const replaced = replacedParts(entries);
    if (replaced.length === 0 || !(await this.exists(connection))) return;
    // others may be written by whoever has no right to change these numbers
    const closed = closedOnes(replaced, await this.closedAmong(connection, replaced));
    for (const some of inParts(closed)) {
      await this.query(connection, (w) => forgetRows(w, some));
    }
  }

  /** After rows of windows that begin before a time were removed. */
  async expired(connection: SqlConnection, window: BucketWindow, before: Date): Promise<void> {
    if (!(await this.exists(connection))) return;
    await this.query(connection, (w) => forgetRowsBefore(w, window, before.getTime()));
  }

  /** In the transaction of a correction: what these rows of the outbox hold for closed windows. */
  async closedOf(
    connection: SqlConnection,
    counted: readonly OutboxRow[],
  ): Promise<CorrectedPart[]> {
    const parts = partsOfRows(counted);
    return closedOnes(parts, await this.closedAmong(connection, parts));
  }

  /** Adds it to the rows and the numbers of these windows, and answers their buckets. */
  async correct(connection: SqlConnection, closed: readonly CorrectedPart[]): Promise<string[]> {
    if (closed.length === 0) return [];
    const deltas = closed.map((part) => ({ name: bucketOf(part), delta: part.delta }));
    const { leftOut } = await this.dependencies.dialect.addDeltas(
      connection,
      this.namespace,
      deltas,
    );
    const kept = closed.find((part) => leftOut.includes(bucketOf(part)));
    if (kept !== undefined) throw new CounterOverflowError(kept.name);
    await this.query(connection, (w) => addToClosed(w, closed));
    return closed.map(bucketOf);
  }

  /** Which of the windows of these parts are closed. */
  private async closedAmong(
    connection: SqlConnection,
    parts: readonly ClosedWindow[],
  ): Promise<ReadonlySet<string>> {
    const closed = new Set<string>();
    for (const some of inParts(keysOf(parts.map(baseWindow)))) {
      const found = await this.query<FoundClosing>(connection, (w) => selectClosed(w, some));
      for (const { name, span: window, starts_at } of found) {
        closed.add(windowKey({ name, window, start: Number(starts_at) }));
      }
    }
    return closed;
  }

  /** Sends a statement as this engine has it. */
  query<Row>(connection: SqlConnection, statement: (w: Written) => string): Promise<Row[]> {
    const { namespace } = this;
    const dataSource = this.#dataSource;
    const values = dataSource.options.type === 'postgres' ? postgresValues() : mysqlValues();
    const written = statement({ ...values, dataSource, namespace });
    return connection.query<Row[]>(written, values.parameters);
  }
}
