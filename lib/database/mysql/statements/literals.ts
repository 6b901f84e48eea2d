import type { Flavour } from '../flavour.js';

/** Nothing that a server could take for the end of a text, in any sql_mode or character set of the session. */
const PLAIN = /^[\w .:,;/@{}()|=+-]*$/;

/** A text as it stands in a statement, in which it can neither end early nor be taken for another one. */
export const text = (value: string): string =>
  PLAIN.test(value) ? `_utf8mb4'${value}'` : `_utf8mb4 X'${Buffer.from(value).toString('hex')}'`;

/** Times are texts in UTC, as they are stored: no time zone of a driver, session or server has a part in it. */
export const time = (milliseconds: number): string => `TIMESTAMP'${timeText(milliseconds)}'`;

/** As the server answers it. */
export const timeText = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 23).replace('T', ' ');

export const parseTime = (found: string): Date => new Date(`${found.replace(' ', 'T')}Z`);

/** To the millisecond, as times are stored. */
export const NOW = 'UTC_TIMESTAMP(3)';

/** A name as its bytes: the character set of the connection is the application's. */
export const bytesOf = (column: string): string => `CAST(${column} AS BINARY)`;

export const list = (values: readonly (string | number)[]): string => values.join(', ');

/** A table with one row for each of these lists of values, and first its place, from 0; for a clause WITH. */
export function asked(
  flavour: Flavour,
  name: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const written = rows.map((values, place) => flavour.row(list([place, ...values])));
  return `${name} (place, ${columns.join(', ')}) AS (VALUES ${written.join(', ')})`;
}

/** The same order in each process: rows are locked in it. It is not that of their bytes. */
export const inOrder = (one: string, other: string): number =>
  one === other ? 0 : one < other ? -1 : 1;
