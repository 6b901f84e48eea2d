import { checkChange, OF_CHANGE } from '../../../input/change-options.js';
import { checkCounterName } from '../../../input/counter-name.js';
import type { BigIntAnswer, ChangeOptions } from '../../../input/counter.types.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import { checkBigInt, readOptions } from '../../../words/read-options.js';
import type { Calendar } from '../../../windows/calendar.js';
import type { Bucket } from '../../../words/bucket-name.js';
import { type Dimensions, meteredName, readDimensions } from '../dimensions.js';
import { bucketAt, findWindow, instantOf } from '../windows/quota-window.js';
import type { QuotaWindow } from '../windows/quota-window.types.js';
import { partsWith, type PartsWith } from './parts-with.js';

/** Options of `MeteringService.reset()`. @publicApi */
export interface ResetOptions extends ChangeOptions {
  /** The window whose count is given back. @default none: the total, as of a quota without a window */
  window?: QuotaWindow | undefined;
  /** An instant in that window, as a `Date` or in milliseconds since 1970. @default now: the present window */
  at?: Date | number | undefined;
  /** The part of the total, as in `consume()` and `total()`. @default none: the counter of the name itself */
  dimensions?: Dimensions | undefined;
  /** Whether to reset also the parts of it: those with these dimensions, wherever they stand, and further ones. @default false */
  parts?: boolean | undefined;
}

/** What `MeteringService.reset()` answers. @publicApi */
export interface ResetUsage<Value = number> {
  /** What was given back: the count of exactly these dimensions, before. */
  before: Value;
  /** Counters that were not at zero, and are now. */
  counters: number;
}

/** What is to be at zero. */
export interface Reset {
  counter: string;
  /** Of the window; absent for the total. */
  bucket?: Bucket | undefined;
  /** Further counters; absent for none. */
  parts?: PartsWith | undefined;
  change: ChangeOptions;
  asBigInt: boolean;
}

const OPTIONS: ReadonlySet<keyof ResetOptions | 'bigint'> = new Set([
  ...(['window', 'at', 'dimensions', 'parts', 'bigint'] as const),
  ...OF_CHANGE,
]);

/** Checks the arguments of `reset()`. */
export function readReset(name: string, options: unknown = {}, calendar: Calendar): Reset {
  const given = readOptions<ResetOptions & Partial<BigIntAnswer>>(options, OPTIONS, 'reset()');
  const { window, at, parts = false, bigint } = given;
  const dimensions = given.dimensions === undefined ? {} : readDimensions(given.dimensions);
  const counter = meteredName(name, dimensions);
  checkCounterName(counter);
  if (window === undefined && at !== undefined) {
    throw new InvalidArgumentError('at needs the option window');
  }
  if (typeof parts !== 'boolean') {
    throw new InvalidArgumentError(`parts must be true or false, not ${quote(parts)}`);
  }
  return {
    ...{ counter, bucket: window && givenBucket(window, at, calendar) },
    parts: parts ? partsWith(name, dimensions) : undefined,
    ...{ change: checkChange(given), asBigInt: checkBigInt(bigint) },
  };
}

function givenBucket(
  given: QuotaWindow,
  at: Date | number | undefined,
  calendar: Calendar,
): Bucket {
  const window = findWindow(given, calendar);
  return bucketAt(calendar, window, at === undefined ? Date.now() : instantOf(at, 'at'));
}
