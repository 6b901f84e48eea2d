import * as mysql from '../mysql/statements/literals.js';
import * as sqlite from '../sqlite/statements/texts.js';

/**
 * Values and expressions as an engine has them in a statement. Statements that are sent seldom are written by these, once for all
 * engines.
 */
export interface WrittenValues {
  /** What the statement has as parameters. */
  readonly parameters: unknown[];
  text(value: string): string;
  time(milliseconds: number): string;
  /** What a statement answers for a column: texts, and milliseconds since 1970 for times. */
  asText(column: string): string;
  asMilliseconds(column: string): string;
  readonly now: string;
  /** At the end of an insert: a row with the same key stays as it is. */
  keeping(column: string): string;
  /** At the end of an insert: numbers are added to those of a row with the same key. */
  adding(table: string, columns: readonly string[], key: readonly string[]): string;
  /** At the end of a select: rows of a table are locked for writing. */
  locking(table: string): string;
}

function addingOnConflict(
  table: string,
  columns: readonly string[],
  key: readonly string[],
): string {
  const sums = columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`);
  return `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${sums.join(', ')}`;
}

export function postgresValues(): WrittenValues {
  const parameters: unknown[] = [];
  return {
    parameters,
    text: (value) => `$${parameters.push(value)}`,
    time: (milliseconds) => `to_timestamp(${milliseconds / 1000})`,
    asText: (column) => `${column}::text`,
    asMilliseconds: (column) => `round(extract(epoch FROM ${column}) * 1000)::text`,
    now: 'now()',
    keeping: () => 'ON CONFLICT DO NOTHING',
    adding: addingOnConflict,
    locking: (table) => `FOR UPDATE OF ${table}`,
  };
}

export const mysqlValues = (): WrittenValues => ({
  parameters: [],
  text: mysql.text,
  time: mysql.time,
  asText: mysql.bytesOf,
  asMilliseconds: (column) =>
    mysql.bytesOf(`TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', ${column}) DIV 1000`),
  now: mysql.NOW,
  keeping: (column) => `ON DUPLICATE KEY UPDATE ${column} = ${column}`,
  adding: (_, columns) =>
    `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = ${column} + VALUES(${column})`).join(', ')}`,
  // MariaDB cannot name one table
  locking: () => 'FOR UPDATE',
});

export const sqliteValues = (): WrittenValues => ({
  parameters: [],
  text: (value) => `CAST(X'${Buffer.from(value).toString('hex')}' AS TEXT)`,
  time: (milliseconds) => `'${sqlite.timeText(milliseconds)}'`,
  asText: (column) => `CAST(${column} AS TEXT)`,
  asMilliseconds: (column) =>
    sqlite.digits(`round((julianday(${column}) - julianday('1970-01-01')) * 86400000)`),
  now: sqlite.NOW,
  keeping: () => 'ON CONFLICT DO NOTHING',
  adding: addingOnConflict,
  // the whole database is locked
  locking: () => '',
});
