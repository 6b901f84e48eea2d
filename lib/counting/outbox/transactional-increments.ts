import type { CountingTransaction, Outbox, OutboxRow } from '../../database/outbox/outbox.js';
import { outboxIds } from '../../database/outbox/outbox-id.js';
import { InvalidArgumentError } from '../../errors.js';
import type { CounterIncrement } from '../../input/counter.types.js';
import { expectTable } from './expect-table.js';

/**
 * Writes increments as rows of the outbox, in transactions of the application: they are rolled back with it, and counted once it
 * is committed.
 *
 * Source: Chris Richardson, "Pattern: Transactional outbox", https://microservices.io/patterns/data/transactional-outbox.html
 */
export class TransactionalIncrements {
  private readonly idOf = outboxIds();

  constructor(
    private readonly outbox: Outbox,
    /** Is told of rows that were written. */
    private readonly relay: { expect(ids: readonly string[], isOpen: () => boolean): void },
  ) {}

  /** Increments that were checked. Resolves when their rows are written. */
  async add(
    transaction: CountingTransaction,
    increments: readonly CounterIncrement[],
  ): Promise<void> {
    const { outbox } = this;
    for (const { idempotencyKey } of increments) {
      if (idempotencyKey === undefined) continue;
      throw new InvalidArgumentError(
        'Options "transaction" and "idempotencyKey" exclude each other: an increment of a transaction counts once by itself',
      );
    }
    // a statement that fails would end the transaction of the application on some databases
    await expectTable(outbox, 'Option "transaction" needs');
    const rows = increments.map((increment) => this.rowOf(increment));
    const isOpen = await outbox.add(transaction, rows);
    this.relay.expect(
      rows.map(({ id }) => id),
      isOpen,
    );
  }

  private rowOf({ name, delta = 1, windows = [], updateInterval }: CounterIncrement): OutboxRow {
    const madeAt = Date.now();
    return { id: this.idOf(madeAt), name, delta: String(delta), windows, updateInterval, madeAt };
  }
}
