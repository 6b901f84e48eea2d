import { type FastCounterError, InvalidCounterNameError, quote } from '../errors.js';
import type { CounterEvents } from '../events.js';
import { takeManyNames } from '../input/arguments.js';
import { checkCounterName, whyInvalidName } from '../input/counter-name.js';
import type {
  BigIntAnswer,
  CounterDelta,
  TransactionalOptions,
  SettledAnswer,
} from '../input/counter.types.js';
import { written } from '../input/written.js';
import { checkBigInt, readOptions } from '../words/read-options.js';
import { inSlices } from '../words/slices.js';
import type { SettledCount } from './settled-counts.js';
import type { TopRange } from './top-range.js';

/** What tells the counters of a handle apart: a text, or a whole number. @publicApi */
export type CounterId = string | number | bigint;

/** What a handle counts by: `CounterService`, or what a test puts in its place. */
interface Counting {
  incr(name: string, delta?: CounterDelta, options?: TransactionalOptions): Promise<void>;
  getCount(name: string, options?: BigIntAnswer): Promise<number | bigint>;
  getCounts(names: Iterable<string>, options?: object): Promise<readonly unknown[]>;
}

/** What it ranks by: that of `CounterService`, or a `MeteringService`. */
interface RankedBy {
  top(
    options: TopRange & { prefix: string; bigint: boolean },
  ): Promise<readonly { name: string; value: number | bigint }[]>;
}

/** One of the most counted of a handle. @publicApi */
export interface TopOfHandle<Value = number> {
  /** The id of the counter, as a text: what stands behind the colon. */
  id: string;
  /** What it counted, pending counts included. */
  value: Value;
}

const OF_TOP: ReadonlySet<keyof TopRange | 'bigint'> = new Set([
  ...(['window', 'from', 'to', 'limit', 'bigint'] as const),
]);

/** Between the name of a handle and an id. */
const SEPARATOR = ':';

/**
 * Counters of one kind: `views:42` and `views:43` are the counters 42 and 43 of the handle `views`. Ids are checked as names are.
 *
 * @example
 * constructor(@InjectCounter('views') private readonly views: NamedCounter) {}
 *
 * await this.views.incr(42); // counts views:42
 * const count = await this.views.count(42);
 * @publicApi
 */
export class NamedCounter {
  /** Handles are made by `CounterService.counter()` and `FastCounterModule.forFeature()`. */
  constructor(
    /** The name of the handle, without a separator. */
    readonly name: string,
    private readonly counters: Counting,
    private readonly ranked: RankedBy,
    private readonly events: CounterEvents,
  ) {
    checkCounterName(name);
    if (!name.endsWith(SEPARATOR)) return;
    throw new InvalidCounterNameError(
      name,
      `must not end with ${quote(SEPARATOR)}, which a handle puts between name and id`,
    );
  }

  /**
   * The name of the counter: for the methods of `CounterService` that a handle does not have.
   *
   * @throws InvalidCounterNameError the id is empty, has control characters or outer space, is no text and no whole number; or
   * the whole name has more than 191 characters
   * @example
   * await counters.tryIncr(seats.nameOf(show), 1, { max: 100 });
   */
  nameOf(id: CounterId): string {
    const reason = whyInvalidId(id);
    if (reason !== undefined) {
      throw new InvalidCounterNameError(id, reason, `Id ${quote(id)} of ${quote(this.name)}`);
    }
    const name = `${this.name}${SEPARATOR}${id}`;
    checkCounterName(name);
    return name;
  }

  /**
   * Adds, as `CounterService.incr()` does; need not be awaited.
   *
   * @throws what `CounterService.incr()` throws
   * @example
   * await views.incr(42);
   */
  incr(id: CounterId, delta?: CounterDelta, options?: TransactionalOptions): Promise<void> {
    return written(this.events, async () => this.counters.incr(this.nameOf(id), delta, options));
  }

  /**
   * The total, as `CounterService.getCount()` answers it.
   *
   * @throws what `CounterService.getCount()` throws
   * @example
   * const count = await views.count(42);
   */
  count(id: CounterId): Promise<number>;
  count(id: CounterId, options: BigIntAnswer): Promise<bigint>;
  async count(id: CounterId, options?: BigIntAnswer): Promise<number | bigint> {
    return this.counters.getCount(this.nameOf(id), options);
  }

  /**
   * The totals in the order of the ids, as `CounterService.getCounts()` answers them.
   *
   * @throws what `CounterService.getCounts()` throws
   * @example
   * const [first, second] = await views.counts([42, 43]);
   */
  counts(ids: Iterable<CounterId>): Promise<number[]>;
  counts(
    ids: Iterable<CounterId>,
    options: SettledAnswer & BigIntAnswer,
  ): Promise<(bigint | FastCounterError)[]>;
  counts(ids: Iterable<CounterId>, options: SettledAnswer): Promise<(number | FastCounterError)[]>;
  counts(ids: Iterable<CounterId>, options: BigIntAnswer): Promise<bigint[]>;
  async counts(
    ids: Iterable<CounterId>,
    options?: Partial<SettledAnswer & BigIntAnswer>,
  ): Promise<never[]> {
    const counts: SettledCount[] = [];
    const names: string[] = [];
    const places: number[] = [];
    await inSlices(takeManyNames(ids, 'ids'), (id, place) => {
      try {
        names.push(this.nameOf(id as CounterId));
        places.push(place);
      } catch (error) {
        if (options?.settled !== true) throw error;
        counts[place] = error as InvalidCounterNameError;
      }
    });
    const found = (await this.counters.getCounts(names, options)) as SettledCount[];
    await inSlices(found, (count, index) => {
      counts[places[index] ?? 0] = count;
    });
    return counts as never[];
  }

  /**
   * The ids that counted the most, the highest first, as `MeteringService.top()` ranks counters: in the present window, in a range of
   * windows, or in total. Pending counts are included.
   *
   * @throws InvalidArgumentError an option is wrong; what `count()` throws
   * @example
   * const today = await views.top({ window: 'day', limit: 10 });
   */
  top(options?: TopRange): Promise<TopOfHandle[]>;
  top(options: TopRange & BigIntAnswer): Promise<TopOfHandle<bigint>[]>;
  async top(
    options: TopRange & Partial<BigIntAnswer> = {},
  ): Promise<TopOfHandle[] | TopOfHandle<bigint>[]> {
    const given = readOptions<TopRange & Partial<BigIntAnswer>>(options, OF_TOP, 'top()');
    const prefix = `${this.name}${SEPARATOR}`;
    const asked = { ...given, prefix, bigint: checkBigInt(given.bigint) };
    const found = await this.ranked.top(asked);
    const ids = found.map(({ name, value }) => ({ id: name.slice(prefix.length), value }));
    return ids as TopOfHandle[] | TopOfHandle<bigint>[];
  }
}

function whyInvalidId(id: unknown): string | undefined {
  if (typeof id === 'bigint') return undefined;
  if (typeof id !== 'number') {
    return typeof id === 'string'
      ? whyInvalidName(id)
      : `must be a text or a whole number, not ${id === null ? 'null' : typeof id}`;
  }
  return Number.isSafeInteger(id) ? undefined : 'must be a safe integer, where it is a number';
}
