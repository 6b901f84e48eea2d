import { checkChange, OF_CHANGE } from '../../../input/change-options.js';
import { checkCounterName } from '../../../input/counter-name.js';
import type { ChangeOptions } from '../../../input/counter.types.js';
import type { Erased } from '../../../counting/correcting/erasing.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import { readOptions } from '../../../words/read-options.js';
import { type Dimensions, readDimensions } from '../dimensions.js';
import { partsWith, type PartsWith } from './parts-with.js';

/** What `MeteringService.erase()` forgets. @publicApi */
export interface ErasedPart {
  /** One dimension at least. Where there are several, what has all of these values. */
  dimensions: Dimensions;
  /** A metered name, whose parts alone are erased. @default none: parts of all metered names of the namespace */
  name?: string | undefined;
}

/** Options of `MeteringService.erase()`. @publicApi */
export interface EraseOptions extends ChangeOptions {
  /** Called after each hundred counters or less; awaited. What it throws ends the erasure, and another run goes on. @default none */
  onProgress?: ((progress: Erased) => void | Promise<void>) | undefined;
}

const OF_PART: ReadonlySet<keyof ErasedPart> = new Set(['dimensions', 'name'] as const);
const OPTIONS: ReadonlySet<keyof EraseOptions> = new Set(['onProgress', ...OF_CHANGE] as const);

/** Checks the arguments of `erase()`. */
export function readErase(
  what: unknown,
  options: unknown = {},
): { names: PartsWith; change: ChangeOptions } & Pick<EraseOptions, 'onProgress'> {
  const { dimensions, name } = readOptions<ErasedPart>(what, OF_PART, 'erase()');
  const given = readOptions<EraseOptions>(options, OPTIONS, 'erase()');
  const { onProgress } = given;
  if (name !== undefined) checkCounterName(name);
  const wanted = readDimensions(dimensions);
  if (Object.keys(wanted).length === 0) {
    throw new InvalidArgumentError(
      "erase() needs one dimension at least, such as { dimensions: { tenant: 'acme' } }",
    );
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError(`onProgress must be a function, not ${quote(onProgress)}`);
  }
  return { names: partsWith(name, wanted), change: checkChange(given), onProgress };
}
