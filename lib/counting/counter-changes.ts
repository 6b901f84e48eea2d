import type { BigIntAnswer, ChangeOptions, CounterDelta } from '../input/counter.types.js';
import type { MoveOptions } from '../input/change-options.js';
import { written } from '../input/written.js';
import { AnsweredCalls } from './answered-calls.js';
import { Deleting } from './correcting/deleting.js';
import { type Imported, type ImportOptions, TotalsImport } from './correcting/import-totals.js';
import { type Reconciled, type ReconcileOptions, Reconciliation } from './correcting/reconcile.js';
import { CounterReads } from './counter-reads.js';
import type { CountingParts } from './counting-parts.js';

/**
 * The methods of `CounterService` that correct, delete and rename.
 *
 * @publicApi
 */
export abstract class CounterChanges extends CounterReads {
  private readonly exact: AnsweredCalls;
  private readonly deleting: Deleting;

  constructor(private readonly changing: CountingParts) {
    super(changing);
    this.exact = new AnsweredCalls(changing);
    this.deleting = new Deleting(changing);
  }

  /**
   * Sets the total, atomically: replaces the increments acknowledged before; later ones add to it.
   *
   * @throws what `incrAndGet()` throws; CounterOverflowError where the difference to the persisted value has over 64 bits
   * @example
   * await counters.set('stock:7', 120, { by: 'ann', reason: 'inventory' });
   */
  set(name: string, value: CounterDelta, options?: ChangeOptions): Promise<void> {
    return written(this.changing.events, () => this.exact.set(name, value, options));
  }

  /**
   * Sets many totals, each atomically. If an argument is wrong or the buffer has no room for all, none is set.
   *
   * @throws what `set()` throws
   * @example
   * await counters.setMany([{ name: 'stock:7', value: 120 }, { name: 'stock:8', value: 0 }]);
   */
  setMany(
    entries: Iterable<{ name: string; value: CounterDelta }>,
    options?: ChangeOptions,
  ): Promise<void> {
    return written(this.changing.events, () => this.exact.setMany(entries, options));
  }

  /**
   * Sets very many totals, of a table or a file, in chunks, and resolves when all are in the database. The same entries again change
   * nothing, so it may be repeated after an error. A name that comes twice has its last total.
   *
   * @throws InvalidArgumentError an entry is wrong: the message has its place. Those before it are set, those behind it are not read
   * @throws FlushTimeoutError no process with workers runs; what `set()`, `entries` or `onProgress` throws
   * @example
   * await counters.importTotals(rows(), { by: 'import', onProgress: ({ read }) => console.log(read) });
   */
  importTotals(
    entries:
      | Iterable<{ name: string; value: CounterDelta }>
      | AsyncIterable<{ name: string; value: CounterDelta }>,
    options?: ImportOptions,
  ): Promise<Imported> {
    return written(this.changing.events, () =>
      new TotalsImport(this.changing).run(entries, options),
    );
  }

  /**
   * Compares counters with what they should be, and corrects those that are wrong, while others count: an increment that comes
   * meanwhile is never overwritten. It compares totals, or, with `window` and `at`, what one window counted; nothing else changes.
   *
   * @throws InvalidArgumentError an option or the answer of `truth` is wrong; what `truth` throws; what `incrAndGet()` throws
   * @example
   * const { corrected } = await counters.reconcile({ prefix: 'likes:', truth: (names) => likesInTheTable(names) });
   */
  reconcile(options: ReconcileOptions): Promise<Reconciled> {
    return written(this.changing.events, () => new Reconciliation(this.changing).run(options));
  }

  /**
   * Sets the total to 0, atomically, and answers the former total.
   *
   * @throws what `set()` throws, and UnsafeCountError: the total is 0 now, and the former one is beyond ±(2^53 − 1)
   * @example
   * const cleared = await counters.reset('visits:today');
   */
  reset(name: string, options?: ChangeOptions): Promise<number>;
  reset(name: string, options: ChangeOptions & BigIntAnswer): Promise<bigint>;
  reset(name: string, options?: ChangeOptions & Partial<BigIntAnswer>): Promise<number | bigint> {
    return written(this.changing.events, () => this.exact.reset(name, options));
  }

  /**
   * Deletes counters, with what they counted in windows: all of it reads 0 at once. Rows are removed with the next batch, unless
   * new increments come first.
   *
   * @throws what `set()` throws
   * @example
   * await counters.delete(['draft:1', 'draft:2']);
   */
  delete(names: string | Iterable<string>, options?: ChangeOptions): Promise<void> {
    return written(this.changing.events, () => this.deleting.delete(names, options));
  }

  /**
   * Deletes all counters whose name begins with `prefix`, a thousand at a time, and answers how many those were. Where it breaks off,
   * call it again: it goes on with those that are left. Counters that come meanwhile may be left.
   *
   * @param prefix at least one character
   * @throws what `delete()` throws
   * @example
   * const deleted = await counters.deletePrefix('drafts:', { by: 'cleanup' });
   */
  deletePrefix(prefix: string, options?: ChangeOptions): Promise<number> {
    return written(this.changing.events, () => this.deleting.deletePrefix(prefix, options));
  }

  /**
   * Gives a counter another name: what it counted, in total and in windows, is added to the counter of that name, and the old one is
   * deleted. For an hour, or `follow`, what is counted under the old name goes to the new one as well. Where it breaks off, nothing is
   * lost: call it again.
   *
   * Until it resolves a reader may see what is being moved under the old name, under the new one, or for a moment under neither.
   *
   * @throws InvalidCounterNameError, InvalidArgumentError; FlushTimeoutError, CacheUnavailableError, DatabaseUnavailableError
   * @example
   * await counters.rename('views:hello-wrold', 'views:hello-world');
   */
  rename(from: string, to: string, options?: MoveOptions): Promise<void> {
    const { events, moves } = this.changing;
    return written(events, () => moves.move([from], to, options, 'rename()'));
  }

  /**
   * Adds what counters counted, in total and in windows, to another counter, and deletes them: `rename()` of each.
   *
   * @param names at most 100,000
   * @throws what `rename()` throws
   * @example
   * await counters.merge(['clicks:app', 'clicks:web'], 'clicks');
   */
  merge(names: Iterable<string>, into: string, options?: MoveOptions): Promise<void> {
    const { events, moves } = this.changing;
    return written(events, () => moves.move(names, into, options, 'merge()'));
  }
}
