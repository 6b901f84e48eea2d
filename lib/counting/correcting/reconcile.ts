import { checkManyNames, checkValue, checkWindow } from '../../input/arguments.js';
import { checkChange, OF_CHANGE } from '../../input/change-options.js';
import type { ChangeOptions, CounterDelta } from '../../input/counter.types.js';
import { instant } from '../../input/instant.js';
import { checkPrefix } from '../../input/list-query.js';
import { InvalidArgumentError, quote } from '../../errors.js';
import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type CountWindow,
} from '../../words/bucket-name.js';
import { readOptions } from '../../words/read-options.js';
import type { CountingParts } from '../counting-parts.js';
import { ExactChanges } from './exact-changes.js';
import { keptWindow } from './kept-window.js';

/** Counters that are compared together. */
const PAGE = 500;
/** How often a counter is compared that changes meanwhile. */
const ATTEMPTS = 3;
/** Drifts that the answer names. */
const MOST_NAMED = 1000;

/** Options of `CounterService.reconcile()`: either `names` or `prefix`. @publicApi */
export interface ReconcileOptions extends ChangeOptions {
  /** The counters, at most 100,000. @default none: `prefix` is given */
  names?: Iterable<string> | undefined;
  /** All counters that have a row and whose name begins with this. @default none: `names` are given */
  prefix?: string | undefined;
  /** The kind of window whose counts are compared. @default none: totals */
  window?: CountWindow | undefined;
  /** A time in the window: a `Date`, or milliseconds since 1970. @default now, with `window` */
  at?: Date | number | undefined;
  /**
   * Answers what counters should be, by name: from rows of yours, say. It is asked for up to 500 names at a time, and some of them again. A
   * name that it leaves out should be 0.
   */
  truth: (
    names: readonly string[],
  ) => ReadonlyMap<string, CounterDelta> | Promise<ReadonlyMap<string, CounterDelta>>;
  /** Whether to correct nothing, and only answer what is wrong. @default false */
  dryRun?: boolean | undefined;
}

/** A counter that is not what it should be. @publicApi */
export interface Drift {
  /** The counter. */
  name: string;
  /** What it was. */
  counted: bigint;
  /** What it should be. */
  truth: bigint;
}

/** What `CounterService.reconcile()` answers. @publicApi */
export interface Reconciled {
  /** Counters that were compared. */
  checked: number;
  /** How many of them were wrong. */
  drifted: number;
  /** The first 1,000 of these. */
  drifts: Drift[];
  /** How many were corrected. */
  corrected: number;
  /** Counters that changed while they were compared, three times: nothing is known of them, and nothing was corrected. */
  changedMeanwhile: string[];
}

interface Given extends Pick<ReconcileOptions, 'truth' | 'dryRun'> {
  /** Absent where totals are compared. */
  bucket: Bucket | undefined;
  change: ChangeOptions;
}

const OPTIONS: ReadonlySet<keyof ReconcileOptions> = new Set([
  ...(['names', 'prefix', 'window', 'at', 'truth', 'dryRun'] as const),
  ...OF_CHANGE,
]);

/**
 * Compares counters with what they should be, and corrects them while others count.
 *
 * A total, or the count of a window, is read before and after the truth. Where both are the same, nothing was counted while the truth was found, so the
 * difference is a drift. Increments that transactions have committed are counted before the second look, because the truth may contain them. The
 * difference is added only if the count is still the same, in one step with that look: an increment that comes in between is never overwritten, it has
 * the counter compared again.
 */
export class Reconciliation {
  private readonly exact: ExactChanges;

  constructor(private readonly parts: CountingParts) {
    this.exact = new ExactChanges(parts);
  }

  async run(options: unknown): Promise<Reconciled> {
    const given = readOptions<ReconcileOptions>(options, OPTIONS, 'reconcile()');
    const { names, prefix, truth, dryRun = false } = given;
    if ((names === undefined) === (prefix === undefined)) {
      throw new InvalidArgumentError('reconcile() needs either names or prefix');
    }
    if (typeof truth !== 'function') {
      throw new InvalidArgumentError(`truth must be a function, not ${quote(truth)}`);
    }
    if (typeof dryRun !== 'boolean') {
      throw new InvalidArgumentError(`dryRun must be true or false, not ${quote(dryRun)}`);
    }
    const asked = { truth, dryRun, change: checkChange(given), bucket: this.bucketOf(given) };
    const found: Reconciled = {
      checked: 0,
      drifted: 0,
      drifts: [],
      corrected: 0,
      changedMeanwhile: [],
    };
    const pages = names === undefined ? this.rowsOf(prefix) : pagesOf(await checkManyNames(names));
    for await (const page of pages) await this.compare(page, asked, found);
    return found;
  }

  private bucketOf({ window, at }: ReconcileOptions): Bucket | undefined {
    if (window === undefined) {
      if (at === undefined) return undefined;
      throw new InvalidArgumentError('at needs the option window');
    }
    checkWindow(window, 'window');
    const moment = at === undefined ? Date.now() : instant(at, 'at');
    return { window, start: keptWindow(window, moment, this.parts).start };
  }

  private async *rowsOf(prefix: unknown): AsyncGenerator<string[]> {
    checkPrefix(prefix);
    const query = { prefix: String(prefix), order: 'name', direction: 'asc', limit: PAGE } as const;
    let after: { name: string; value: bigint } | undefined;
    for (;;) {
      const rows = await this.parts.store.list({ ...query, after });
      if (rows.length > 0) yield rows.map(({ name }) => name);
      if (rows.length < PAGE) return;
      after = rows.at(-1);
    }
  }

  private async compare(names: readonly string[], given: Given, found: Reconciled): Promise<void> {
    found.checked += names.length;
    let left = [...names];
    for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
      left = await this.compareOnce(left, given, found);
    }
    found.changedMeanwhile.push(...left);
  }

  /** Answers the names that are to be compared again. */
  private async compareOnce(
    names: readonly string[],
    { bucket, truth, dryRun, change }: Given,
    found: Reconciled,
  ): Promise<string[]> {
    const { reader, settle } = this.parts;
    const suffix = bucket && bucketSuffix(bucket);
    const counted = suffix === undefined ? names : names.map((name) => bucketName(name, suffix));
    const before = await reader.read(counted);
    const truths = await truth(names);
    if (!(truths instanceof Map)) {
      throw new InvalidArgumentError(`truth must answer a Map, not ${quote(truths)}`);
    }
    await settle();
    const after = await reader.read(counted);
    const again: string[] = [];
    const corrections: Promise<void>[] = [];
    for (const [place, name] of names.entries()) {
      const [was, is] = [BigInt(before[place] ?? 0), BigInt(after[place] ?? 0)];
      const should = valueOf(truths, name);
      if (was === should || is === should) continue;
      const drift = { name, counted: is, truth: should };
      const correct = async (): Promise<void> => {
        const exactly = { name, bucket, before: is, after: should, change };
        if (await this.exact.make({ operation: 'correct', ...exactly })) {
          found.corrected++;
          note(found, drift);
        } else again.push(name);
      };
      if (was !== is) again.push(name);
      else if (dryRun) note(found, drift);
      else corrections.push(correct());
    }
    await Promise.all(corrections);
    return again;
  }
}

function note(found: Reconciled, drift: Drift): void {
  found.drifted++;
  if (found.drifts.length < MOST_NAMED) found.drifts.push(drift);
}

function valueOf(truths: ReadonlyMap<string, unknown>, name: string): bigint {
  const value = truths.get(name) ?? 0;
  checkValue(value, `The truth of ${quote(name)}`);
  return BigInt(value);
}

function* pagesOf(names: readonly string[]): Generator<string[]> {
  const all = [...new Set(names)];
  for (let from = 0; from < all.length; from += PAGE) yield all.slice(from, from + PAGE);
}
