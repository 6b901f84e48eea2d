import type { CounterDelta } from '../input/counter.types.js';
import { checkTotals } from '../input/totals.js';
import { written } from '../input/written.js';
import { type Reconciled, type ReconcileOptions, Reconciliation } from './correcting/reconcile.js';
import { CounterReads } from './counter-reads.js';
import type { CountingParts } from './counting-parts.js';

/** The methods of `CounterService` that change many totals. @publicApi */
export class CounterChanges extends CounterReads {
  constructor(private readonly changed: CountingParts) {
    super(changed);
  }

  /**
   * Sets many totals, each atomically. If an argument is wrong or the buffer has no room for all, none is set.
   *
   * @throws what `set()` throws
   * @example
   * await counters.setMany([{ name: 'stock:7', value: 120 }, { name: 'stock:8', value: 0 }]);
   */
  setMany(entries: Iterable<{ name: string; value: CounterDelta }>): Promise<void> {
    return written(this.changed.events, async () => {
      const { buffer, updateInterval } = this.changed;
      const all = checkTotals(entries, buffer.limit);
      buffer.expectRoomFor(all.length);
      const set = all.map(({ name, value }) =>
        buffer.replace('set', name, BigInt(value), updateInterval),
      );
      await Promise.all(set);
    });
  }

  /**
   * Compares counters with what they should be, and corrects those that are wrong, while others count: an increment that comes
   * meanwhile is never overwritten. Windows stay as they are.
   *
   * @throws InvalidArgumentError an option or the answer of `truth` is wrong; what `truth` throws; what `incrAndGet()` throws
   * @example
   * const { corrected } = await counters.reconcile({ prefix: 'likes:', truth: (names) => likesInTheTable(names) });
   */
  reconcile(options: ReconcileOptions): Promise<Reconciled> {
    return written(this.changed.events, () => new Reconciliation(this.changed).run(options));
  }
}
