import type { Observable } from 'rxjs';
import { checkManyNames, checkWatched } from '../input/arguments.js';
import { answer, answers, answerSum } from '../input/answer.js';
import { type ChangesOptions, checkChangesOptions } from '../input/change-options.js';
import type { CounterChanged } from '../reading/changes/change-reader.js';
import { checkCounterName } from '../input/counter-name.js';
import type {
  BigIntAnswer,
  ListedCounter,
  ListOptions,
  PrefixOptions,
  SettledAnswer,
  WatchOptions,
} from '../input/counter.types.js';
import { listQuery } from '../input/list-query.js';
import { countedPrefix, summedPrefix } from '../input/prefix-query.js';
import { watchOptions } from '../input/watch-options.js';
import { written } from '../input/written.js';
import { readBigInt, readCountsOptions } from '../words/read-options.js';
import type { FastCounterError } from '../errors.js';
import type { CountingParts } from './counting-parts.js';
import { settledCounts } from './settled-counts.js';

/**
 * The methods of `CounterService` that read.
 *
 * @publicApi
 */
export abstract class CounterReads {
  constructor(
    private readonly reading: Pick<
      CountingParts,
      'reader' | 'watches' | 'store' | 'refresher' | 'changes' | 'events'
    >,
  ) {}

  /**
   * The total of a counter, with every increment acknowledged before; 0 where nothing was counted.
   *
   * @throws UnsafeCountError the total is beyond ±(2^53 − 1): pass `{ bigint: true }`
   * @throws CacheUnavailableError, DatabaseUnavailableError: Redis, or the database where it is needed, does not answer
   * @example
   * const views = await counters.getCount('views:42');
   */
  getCount(name: string): Promise<number>;
  getCount(name: string, options: BigIntAnswer): Promise<bigint>;
  async getCount(name: string, options?: Partial<BigIntAnswer>): Promise<number | bigint> {
    checkCounterName(name);
    const bigint = readBigInt(options, 'getCount()');
    const [total = 0] = await this.reading.reader.read([name]);
    return answer(name, total, bigint);
  }

  /**
   * The totals of many counters, in the order of the names, which may repeat; at most 100,000. For each 2,000 of
   * them, that is one call to Redis for each partition, and at most one SQL statement.
   *
   * With `{ settled: true }` a total that cannot be answered is its error, and the others are answered.
   *
   * @throws what `getCount()` throws; with `settled` InvalidArgumentError alone
   * @example
   * const [views, likes] = await counters.getCounts(['views:42', 'likes:42']);
   */
  getCounts(names: Iterable<string>): Promise<number[]>;
  getCounts(
    names: Iterable<string>,
    options: SettledAnswer & BigIntAnswer,
  ): Promise<(bigint | FastCounterError)[]>;
  getCounts(
    names: Iterable<string>,
    options: SettledAnswer,
  ): Promise<(number | FastCounterError)[]>;
  getCounts(names: Iterable<string>, options: BigIntAnswer): Promise<bigint[]>;
  async getCounts(
    names: Iterable<string>,
    options?: Partial<SettledAnswer & BigIntAnswer>,
  ): Promise<number[] | bigint[] | (number | bigint | FastCounterError)[]> {
    const { bigint, settled } = readCountsOptions(options, 'getCounts()');
    const { reader } = this.reading;
    if (settled) return settledCounts(reader, names, bigint);
    const asked = await checkManyNames(names);
    const totals = await reader.read(asked);
    return await answers(asked, totals, bigint);
  }

  /**
   * A page of counters as the database has them: without pending counts. Sorted by value, the database reads all
   * counters of the prefix; where these are very many, add an index on the value.
   *
   * @throws InvalidArgumentError an option is wrong; DatabaseUnavailableError the database does not answer
   * @example
   * const top = await counters.list({ prefix: 'views:', order: 'value', limit: 10 });
   */
  list(options?: ListOptions): Promise<ListedCounter[]>;
  list(options: ListOptions & BigIntAnswer): Promise<ListedCounter<bigint>[]>;
  async list(
    options: ListOptions & Partial<BigIntAnswer> = {},
  ): Promise<ListedCounter[] | ListedCounter<bigint>[]> {
    const { bigint, ...query } = listQuery(options);
    const rows = await this.reading.store.list(query);
    const listed = rows.map((row) => ({ ...row, value: answer(row.name, row.value, bigint) }));
    return listed as ListedCounter[] | ListedCounter<bigint>[];
  }

  /**
   * The sum of all counters whose name begins with a prefix, as the database has them: without pending counts. One SQL statement,
   * which reads the row of each of them. Of counters with dimensions, the total and each of its parts are summed.
   *
   * @throws UnsafeCountError the sum is beyond ±(2^53 − 1): pass `{ bigint: true }`; beyond 64 bits it is exact too
   * @throws InvalidArgumentError an option is wrong; DatabaseUnavailableError the database does not answer
   * @example
   * const views = await counters.sum({ prefix: 'views:' });
   */
  sum(options?: PrefixOptions): Promise<number>;
  sum(options: PrefixOptions & BigIntAnswer): Promise<bigint>;
  async sum(options: PrefixOptions & Partial<BigIntAnswer> = {}): Promise<number | bigint> {
    const { prefix, bigint } = summedPrefix(options);
    return answerSum(prefix, await this.reading.store.aggregate('sum', prefix), bigint);
  }

  /**
   * How many counters there are whose name begins with a prefix, as the database has them: a counter has a row once it was
   * persisted, until it is deleted. One SQL statement.
   *
   * @throws what `list()` throws
   * @example
   * const articles = await counters.count({ prefix: 'views:' });
   */
  async count(options: PrefixOptions = {}): Promise<number> {
    return Number(await this.reading.store.aggregate('count', countedPrefix(options)));
  }

  /**
   * Drops what Redis has cached of these counters and of their windows, after somebody changed their rows by SQL: a read that begins
   * when this has resolved asks the database. What waits to be persisted stays, and is added to the changed rows; a total that was
   * `set()` and waits will be in the row as it was set. Needs no `await`.
   *
   * @param names at most 100,000
   * @throws CacheUnavailableError Redis does not answer; of counters near the end of the 64-bit range what `getCount()` throws
   * @example
   * await dataSource.query(`UPDATE fast_counter SET value = 7 WHERE namespace = 'default' AND name = 'views:42'`);
   * await counters.refresh(['views:42']);
   */
  refresh(names: Iterable<string>): Promise<void> {
    const { refresher, events } = this.reading;
    return written(events, async () => refresher.refresh(await checkManyNames(names)));
  }

  /**
   * Every counter and window whose row has changed since a cursor, then it ends; without a cursor every row, and then what was changed
   * meanwhile. No change is missed, whoever commits when. A change may be told again, and several may be told as one: store
   * `value` in the place of what was stored before. It takes the option `keepChanges`.
   *
   * @throws InvalidArgumentError an option is wrong, at once; the others by the iteration
   * @throws ChangesMissedError not all changes behind the cursor are known any more
   * @throws DatabaseUnavailableError the database does not answer: go on from the last cursor
   * @example
   * for await (const { name, window, start, value, cursor } of counters.changes({ after })) await store(name, window, start, value, cursor);
   */
  changes(options: ChangesOptions = {}): AsyncIterable<CounterChanged> {
    return this.reading.changes.read(checkChangesOptions(options));
  }

  /**
   * The totals of these counters, again and again, for as long as somebody has subscribed. Each subscriber gets all of them at once,
   * and then whenever one has changed. All subscribers of a process share one read. What cannot be read keeps its
   * value, or is missing: the observable does not end with an error. It ends when the application shuts down.
   *
   * @param names at most 10,000; a repeated one counts once
   * @throws InvalidCounterNameError, InvalidArgumentError: at once, not by the observable
   * @example
   * counters.watch(['views:42', 'likes:42'], { every: 2_000 }).subscribe((counts) => show(counts.get('views:42')));
   */
  watch(names: Iterable<string>, options?: WatchOptions): Observable<Map<string, number>>;
  watch(
    names: Iterable<string>,
    options: WatchOptions & BigIntAnswer,
  ): Observable<Map<string, bigint>>;
  watch(
    names: Iterable<string>,
    options: WatchOptions & Partial<BigIntAnswer> = {},
  ): Observable<Map<string, number>> | Observable<Map<string, bigint>> {
    const watched = { names: checkWatched(names), ...watchOptions(options) };
    // what is watched decides which of both it is
    return this.reading.watches.watch(watched) as Observable<Map<string, number>>;
  }
}
