/** Times are texts in UTC, in the form in which TypeORM writes them. */
export const timeText = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 23).replace('T', ' ');

export const parseTime = (found: string): Date => new Date(`${found.replace(' ', 'T')}Z`);

/** Now, or so much before or after it, by the clock of this machine. */
export const at = (...moved: readonly string[]): string =>
  `strftime('%Y-%m-%d %H:%M:%f', ${["'now'", ...moved.map((by) => `'${by}'`)].join(', ')})`;

export const NOW = at();

/** A whole number, whatever is stored: types of columns bind nobody in SQLite. */
export const whole = (column: string): string => `CAST(${column} AS INTEGER)`;

/** The same as a text, as drivers round numbers. */
export const digits = (column: string): string => `CAST(${whole(column)} AS TEXT)`;

export const list = (values: readonly string[]): string => values.join(', ');

/** With `>> 32`, the two parts of a whole number of 64 bits that are summed apart. */
export const LOWER_HALF = 2 ** 32 - 1;

/** A pattern of `GLOB` for names that consist of these texts, with anything between each two. */
export const globPattern = (pieces: readonly string[]): string =>
  pieces.map((piece) => piece.replace(/[*?[]/g, '[$&]')).join('*');
