import { randomBytes } from 'node:crypto';
import type { CountingTransaction, Outbox, OutboxRow } from '../../database/outbox/outbox.js';
import { InvalidArgumentError, InvalidOptionsError } from '../../errors.js';
import type { CounterIncrement } from '../../input/counter.types.js';

/** Time and number are digits of this base, so that ids sort by them. */
const BASE = 36;
const NUMBERS = BASE ** 4;

/**
 * Writes increments as rows of the outbox, in transactions of the application: they are rolled back with it, and counted once it
 * is committed.
 *
 * Source: Chris Richardson, "Pattern: Transactional outbox", https://microservices.io/patterns/data/transactional-outbox.html
 */
export class TransactionalIncrements {
  private last = 0;

  constructor(
    private readonly outbox: Outbox | undefined,
    /** Is told of rows that were written. */
    private readonly relay: { expect(ids: readonly string[], isOpen: () => boolean): void },
  ) {}

  /** Increments that were checked. Resolves when their rows are written. */
  async add(
    transaction: CountingTransaction,
    increments: readonly CounterIncrement[],
  ): Promise<void> {
    const { outbox } = this;
    if (outbox === undefined) {
      throw new InvalidArgumentError(
        'Option "transaction" needs counters that are kept in a database',
      );
    }
    for (const { idempotencyKey } of increments) {
      if (idempotencyKey === undefined) continue;
      throw new InvalidArgumentError(
        'Options "transaction" and "idempotencyKey" exclude each other: an increment of a transaction counts once by itself',
      );
    }
    await this.expectTable(outbox);
    const rows = increments.map((increment) => this.rowOf(increment));
    const isOpen = await outbox.add(transaction, rows);
    this.relay.expect(
      rows.map(({ id }) => id),
      isOpen,
    );
  }

  /** A statement that fails would end the transaction of the application on some databases. */
  private async expectTable(outbox: Outbox): Promise<void> {
    if (await outbox.exists()) return;
    throw new InvalidOptionsError(
      'Option "transaction" needs the table fast_counter_outbox, of version 2 of the schema: run upFastCounter(), or fastCounterMigrations',
    );
  }

  private rowOf({ name, delta = 1, windows = [], updateInterval }: CounterIncrement): OutboxRow {
    const madeAt = Date.now();
    return { id: this.idOf(madeAt), name, delta: String(delta), windows, updateInterval, madeAt };
  }

  private idOf(time: number): string {
    this.last = (this.last + 1) % NUMBERS;
    const digits = (number: number, length: number): string =>
      number.toString(BASE).padStart(length, '0');
    return `${digits(time, 9)}${digits(this.last, 4)}${randomBytes(10).toString('hex')}`;
  }
}
