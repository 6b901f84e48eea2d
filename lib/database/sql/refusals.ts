import { BUCKET_SEPARATOR, bucketName } from '../../words/bucket-name.js';
import type { Refusal } from '../../cache/parcels.js';
import { reasonOf } from '../../words/quote.js';
import type { RowKind } from '../dialects/sql-dialect.js';

/** Longest text of an error that is kept. */
const LONGEST_ERROR = 300;
/** A counter that no application has: its row is rolled back at once. */
const MADE_UP = 'fastcounter:probe';

/** Names by what the database said of their rows. */
export class Refusals {
  private readonly byError = new Map<string, string[]>();

  note(error: Error, name: string): void {
    const text = textOf(error);
    const names = this.byError.get(text);
    if (names === undefined) this.byError.set(text, [name]);
    else names.push(name);
  }

  list(): Refusal[] {
    return Array.from(this.byError, ([error, names]) => ({ error, names }));
  }
}

export const kindOf = (name: string): RowKind =>
  name.includes(BUCKET_SEPARATOR) ? 'bucket' : 'counter';

/** A name of the same kind as this one, of a counter that no application has. */
export function madeUp(name: string): string {
  const [, suffix] = name.split(BUCKET_SEPARATOR);
  return suffix === undefined ? MADE_UP : bucketName(MADE_UP, suffix);
}

/** The message where no row at all is taken. */
export const refusesEvery = (kind: RowKind, error: Error): string =>
  `The database refuses every row of the ${kind}s, not those of this batch alone, so nothing is put aside: ${textOf(error)}`;

function textOf(error: Error): string {
  const text = reasonOf(error);
  return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR - 3)}...` : text;
}
