/**
 * Lists are sent and answered as one text each, which is cheaper than arrays and rows at both ends. No
 * name holds a line feed.
 */
export const texts = (list: readonly string[]): string => list.join('\n');
export const numbers = (list: readonly (string | number)[]): string => `{${list.join()}}`;
export const textsOf = (parameter: string): string => `string_to_array(${parameter}, chr(10))`;

/** Rows of two columns as one text; null when there are none. */
export const pairsOf = (first: string, second: string): string =>
  `string_agg(${first} || chr(10) || ${second}, chr(10))`;

export function* pairs(text: string | null): Generator<[string, string]> {
  if (text === null) return;
  const parts = text.split('\n');
  for (let i = 0; i + 1 < parts.length; i += 2) yield [parts[i] ?? '', parts[i + 1] ?? ''];
}

/**
 * Finds one row by its primary key, beside a list of what is asked: by the index, for each of them. Without statistics of a
 * table, as on a new one, the planner takes a namespace for a few rows, and would go through all of them,
 * comparing each with the whole list. A limit keeps it from joining in another way.
 */
export const oneRow = (select: string): string => `(${select} LIMIT 1)`;
