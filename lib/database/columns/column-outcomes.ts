import { reasonOf } from '../../words/quote.js';

/** Counters whose counts a column does not have. */
export interface MissedColumn {
  /** Entity and property: `Article.views`. */
  column: string;
  /** The counters, which are persisted. */
  counters: readonly string[];
  /** Why the row stayed as it is; absent where there is no row. */
  error?: string;
}

/** Longest text of an error that is kept. */
const LONGEST_ERROR = 300;

/** Notes the counters whose counts did not get into a column: one entry for each column and reason. */
export class ColumnOutcomes {
  private readonly missed = new Map<
    string,
    { column: string; counters: string[]; error?: string }
  >();

  missing(column: string, counter: string): void {
    this.note(column, counter);
  }

  refused(column: string, counter: string, error: unknown): void {
    const text = typeof error === 'string' ? error : reasonOf(error);
    const isLong = text.length > LONGEST_ERROR;
    this.note(column, counter, isLong ? `${text.slice(0, LONGEST_ERROR - 3)}...` : text);
  }

  list(): MissedColumn[] {
    return [...this.missed.values()];
  }

  private note(column: string, counter: string, error?: string): void {
    const key = `${column}\n${error ?? ''}`;
    const found = this.missed.get(key);
    if (found !== undefined) found.counters.push(counter);
    else
      this.missed.set(key, { column, counters: [counter], ...(error !== undefined && { error }) });
  }
}
