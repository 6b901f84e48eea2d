import { InvalidArgumentError } from '../../errors.js';
import type { Outbox, OutboxState, TakenRow } from '../outbox/outbox.js';
import type { MemoryTables } from './memory-tables.js';

/** What was taken from rows of this memory for other counters. There are no transactions of an application. */
export class MemoryOutbox implements Outbox {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  add(): Promise<never> {
    const message = 'Option "transaction" needs counters that are kept in a database';
    return Promise.reject(new InvalidArgumentError(message));
  }

  take(
    { ids, limit }: { ids?: readonly string[]; limit: number },
    by: string,
  ): Promise<TakenRow[]> {
    const asked = this.rows.filter(({ id }) => ids === undefined || ids.includes(id));
    const taken = { takenFor: 0, takenBy: by };
    return Promise.resolve(asked.slice(0, limit).map((row) => ({ ...row, ...taken })));
  }

  remove(ids: readonly string[]): Promise<void> {
    const left = this.rows.filter(({ id }) => !ids.includes(id));
    this.rows.splice(0, this.rows.length, ...left);
    return Promise.resolve();
  }

  /** Nothing is refused in memory. */
  refuse(): Promise<void> {
    return Promise.resolve();
  }

  refused(): Promise<[]> {
    return Promise.resolve([]);
  }

  release(): Promise<0> {
    return Promise.resolve(0);
  }

  discard(): Promise<0> {
    return Promise.resolve(0);
  }

  last(): Promise<string | undefined> {
    return Promise.resolve(
      this.rows
        .map(({ id }) => id)
        .sort()
        .at(-1),
    );
  }

  state(): Promise<OutboxState> {
    return Promise.resolve({ waiting: this.rows.length, refused: 0 });
  }

  private get rows() {
    return this.tables.outboxOf(this.namespace);
  }
}
