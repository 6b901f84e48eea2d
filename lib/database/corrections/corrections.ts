import type { BucketWindow, CountWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import type { OutboxRow } from '../outbox/outbox.js';

/** One window of one counter. */
export interface CorrectedWindow {
  /** The counter. */
  name: string;
  /** The kind of window. */
  window: BucketWindow;
  /** When the window begins, as its rows have it: milliseconds since 1970. */
  start: number;
}

/** A correction that is to be made. */
export interface NewCorrection extends CorrectedWindow {
  /** What tells it from other corrections of this window. */
  id: string;
  /** How much it added. */
  delta: Int64String;
  /** Longer windows around this one that got the same. */
  windows: readonly CountWindow[];
  /** Why. */
  reason: string;
  /** Who. */
  by: string;
  /** When it was made: milliseconds since 1970, by the clock of the process. */
  madeAt: number;
}

/** A correction, as it is kept. */
export interface CorrectionRow extends NewCorrection {
  /** Which of these windows were closed before: it is not in what they were closed with. */
  closed: readonly BucketWindow[];
}

/** What tells a correction from all others. */
export type CorrectionPlace = Pick<CorrectionRow, 'name' | 'start' | 'window' | 'id'>;

/** Which corrections to read. */
export interface CorrectionQuery {
  /** The counter. */
  name: string;
  /** Whether those of all parts of this name are read too. */
  withParts: boolean;
  /** Those that changed windows of this kind, */
  window: BucketWindow;
  /** which begin at this time or later: milliseconds since 1970. */
  from: number;
  /** They begin before this. */
  to: number;
  /** The last correction of the page before; absent for the first page. */
  after?: CorrectionPlace | undefined;
  /** Corrections on the page at most. */
  limit: number;
}

/** What became of a correction. */
export type MadeCorrection =
  | {
      status: 'made';
      /**
       * Buckets of closed windows that have it by now, in their rows and in their final numbers. It is not in the outbox for them, as it would
       * come too late there.
       */
      closed: readonly string[];
    }
  /** The window has this one with the same id: nothing was changed. */
  | { status: 'repeated'; row: CorrectionRow }
  /** Others corrected the counter meanwhile, or do so now: nothing was changed. */
  | { status: 'overtaken' };

/** Corrections of windows. Each method is one transaction, and throws as the methods of `CounterStore` do. */
export interface Corrections {
  /** Whether the table is there: it comes with version 2 of the schema. */
  exists(): Promise<boolean>;
  /**
   * Keeps a correction, and writes what it adds to the outbox or, of windows that are closed, to their numbers, in one transaction. With
   * `known`, the number of corrections that the counter had when its count was read, only where it has no other ones by now.
   */
  make(row: NewCorrection, counted: readonly OutboxRow[], known?: number): Promise<MadeCorrection>;
  /** How many corrections a counter has, of whichever window: those of shorter windows change longer ones too. */
  count(name: string): Promise<number>;
  /** The correction of this window with this id. */
  find(place: CorrectionPlace): Promise<CorrectionRow | undefined>;
  /** A page of them, in the order of names, times, windows and ids. */
  list(query: CorrectionQuery): Promise<CorrectionRow[]>;
}

const NONE = '-';

/** `-`: a list with an empty text is not told from an empty list everywhere. */
export const windowsText = (windows: readonly BucketWindow[]): string =>
  windows.length === 0 ? NONE : windows.join();

const parseWindows = <Kind extends BucketWindow>(text: string): Kind[] =>
  text === NONE ? [] : (text.split(',') as Kind[]);

/** A row as the statements of every engine answer it: texts alone. */
export interface FoundCorrection {
  name: string;
  /** Milliseconds since 1970. */
  starts: string;
  time_window: string;
  id: string;
  delta: string;
  windows: string;
  closed: string;
  reason: string;
  made_by: string;
  /** Milliseconds since 1970. */
  made: string;
}

export const correctionOf = (row: FoundCorrection): CorrectionRow => ({
  name: row.name,
  start: Number(row.starts),
  window: row.time_window as BucketWindow,
  id: row.id,
  delta: row.delta,
  windows: parseWindows<CountWindow>(row.windows),
  closed: parseWindows<BucketWindow>(row.closed),
  reason: row.reason,
  by: row.made_by,
  madeAt: Number(row.made),
});

/** What the names of all parts of a name begin with. */
export const partsOf = (name: string): string => `${name}{`;

/** In the order in which engines compare names: byte for byte, in UTF-8. */
export function compareCorrections(one: CorrectionPlace, other: CorrectionPlace): number {
  const texts = Buffer.compare(Buffer.from(one.name), Buffer.from(other.name));
  return (
    texts ||
    one.start - other.start ||
    Buffer.compare(Buffer.from(one.window), Buffer.from(other.window)) ||
    Buffer.compare(Buffer.from(one.id), Buffer.from(other.id))
  );
}
