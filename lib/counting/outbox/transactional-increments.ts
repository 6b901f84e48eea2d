import type { CountingTransaction, Outbox, OutboxRow } from '../../database/outbox/outbox.js';
import { outboxIds } from '../../database/outbox/outbox-id.js';
import { InvalidArgumentError } from '../../errors.js';
import type { CounterIncrement } from '../../input/counter.types.js';
import { expectTable } from './expect-table.js';
import type { OutboxRelay } from './outbox-relay.js';

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
    private readonly relay: Pick<OutboxRelay, 'begin' | 'expect'>,
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
    const madeAt = Date.now();
    const rows = increments.map((increment) => this.rowOf(increment, madeAt));
    // the transaction may be busy, or the database slow
    const end = this.relay.begin(madeAt);
    try {
      const isOpen = await outbox.add(transaction, rows);
      const ids = rows.map(({ id }) => id);
      this.relay.expect(ids, isOpen, madeAt);
    } finally {
      end();
    }
  }

  private rowOf(
    { name, delta = 1, windows = [], updateInterval }: CounterIncrement,
    madeAt: number,
  ): OutboxRow {
    return { id: this.idOf(madeAt), name, delta: String(delta), windows, updateInterval, madeAt };
  }
}
