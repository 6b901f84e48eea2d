import type { DataSource } from 'typeorm';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import { hasTable } from '../sqlite/statements/inspection.js';
import { mayCommit, runnerOf } from './open-transaction.js';
import type {
  CountingTransaction,
  Outbox,
  OutboxRow,
  OutboxState,
  RefusedRow,
  TakenRow,
} from './outbox.js';
import {
  insert,
  last,
  mark,
  refuse,
  refused,
  refusedOf,
  release,
  remove,
  state,
  waiting,
} from './sqlite.js';
import { refusedRow, stateOf, takenRows } from './taken-row.js';

/** Over the one connection, which the transactions of the application have too: rows are taken between these. */
export class SqliteOutbox implements Outbox {
  readonly #dataSource: DataSource;

  constructor(
    dataSource: DataSource,
    private readonly calls: SqliteCalls,
    private readonly namespace: string,
  ) {
    this.#dataSource = dataSource;
  }

  exists(): Promise<boolean> {
    return this.calls.read((session) => hasTable(session, CounterOutbox));
  }

  async add(transaction: CountingTransaction, rows: readonly OutboxRow[]): Promise<() => boolean> {
    const runner = runnerOf(transaction, this.#dataSource);
    // not a write of ours: it is part of the transaction that is open
    await this.calls.read((session) => insert(session, this.namespace, rows));
    return () => mayCommit(runner);
  }

  take(
    which: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): Promise<TakenRow[]> {
    return this.calls.write((session) => {
      const { rows, marks } = takenRows(waiting(session, this.namespace, which), by);
      for (const [place, ids] of marks) mark(session, this.namespace, ids, place);
      return rows;
    });
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.calls.write((session) => remove(session, this.namespace, ids));
  }

  refuse(ids: readonly string[], reason: string): Promise<void> {
    return this.calls.write((session) => refuse(session, this.namespace, ids, reason));
  }

  async refused(after = '', limit: number): Promise<RefusedRow[]> {
    const found = await this.calls.read((session) =>
      refused(session, this.namespace, after, limit),
    );
    return found.map(refusedRow);
  }

  release(ids: readonly string[]): Promise<number> {
    return this.withRefused(ids, release);
  }

  discard(ids: readonly string[]): Promise<number> {
    return this.withRefused(ids, remove);
  }

  last(): Promise<string | undefined> {
    return this.calls.read((session) => last(session, this.namespace));
  }

  async state(): Promise<OutboxState> {
    return stateOf(await this.calls.read((session) => state(session, this.namespace)));
  }

  private withRefused(ids: readonly string[], change: typeof remove): Promise<number> {
    return this.calls.write((session) => {
      const found = refusedOf(session, this.namespace, ids);
      if (found.length > 0) change(session, this.namespace, found);
      return found.length;
    });
  }
}
