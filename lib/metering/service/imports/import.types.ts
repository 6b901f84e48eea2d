import type { ImportedEvents } from '../../../counting/correcting/import-events.js';
import type { CounterDelta } from '../../../input/counter.types.js';
import type { CountWindow } from '../../../words/bucket-name.js';
import type { Dimensions } from '../dimensions.js';

/** An event of a log, for `MeteringService.importEvents()`. @publicApi */
export interface MeteredEvent {
  /** The metered name. */
  name: string;
  /** What tells it from other events of this name at this time. 1 to 255 characters. */
  id: string;
  /** When it was: a `Date`, or milliseconds since 1970. Not before 1970. */
  at: Date | number;
  /** How much it adds, a whole number but 0. @default 1 */
  delta?: CounterDelta | undefined;
  /** What it is broken down by. @default none: the total alone */
  dimensions?: Dimensions | undefined;
}

/** Options of `MeteringService.importEvents()`. @publicApi */
export interface ImportEventsOptions {
  /** Windows to count in, beside those that `windows.counters` names. @default none */
  windows?: readonly CountWindow[] | undefined;
  /** The combinations of dimensions that are counted, as with `record()`. @default every combination */
  combinations?: readonly (readonly string[])[] | undefined;
  /** Called after each block of up to 20,000 events; awaited. What it throws ends the import. @default none */
  onProgress?: ((progress: ImportedEvents) => void | Promise<void>) | undefined;
}
