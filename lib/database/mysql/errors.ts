import { MAKE_TABLES } from '../dialects/table-names.js';

interface ServerError {
  errno: number;
  state: string;
}

/** What the server answered; undefined for any other error: those of a connection have no SQLSTATE. */
function serverError(error: unknown): ServerError | undefined {
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown };
  return typeof errno === 'number' && errno > 0 && typeof sqlState === 'string'
    ? { errno, state: sqlState }
    : undefined;
}

// https://mariadb.com/docs/server/reference/error-codes and
// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
/** Deadlock, lock wait timeout, a row that changed since the snapshot: the database rolled back, and a repetition may succeed. */
const TRANSIENT: readonly number[] = [1213, 1205, 1020];
/** A sum that leaves the range of its column. InnoDB undoes the statement. */
const OUT_OF_RANGE = 1690;
/** The server, or the session, takes no writes. */
const READ_ONLY: readonly number[] = [1290, 1792, 1836];
/** A log of statements holds nothing that was written at READ COMMITTED. */
const BINLOG_OF_STATEMENTS = 1665;
const NO_TABLE = 1146;
/** `max_statement_time`, `max_execution_time`, or somebody who cancelled it. */
const CANCELLED: readonly number[] = [1969, 3024, 1317];

/** Rights that are missing, of a table, of a column, or of a definer whose trigger is called. */
const DENIED: readonly number[] = [1142, 1143, 1227, 1370, 1449];
/** Values that do not fit a character set or a column, and what a trigger made up: their SQLSTATE says nothing, or anything. */
const OF_ROW: readonly number[] = [1366, 1364, 1526, 1644, 1748];
/** Beside SQLSTATE 42, a table, a column or a right that is missing: a view that takes no writes. */
const OF_TABLE: readonly number[] = [1288, 1348, 1356];
/** In that class, though: limits of a user. */
const OF_USER: readonly number[] = [1203, 1226];
const TOO_MANY: readonly number[] = [1040, ...OF_USER];
/** Texts that cannot be compared: the character set of the one lacks characters of the other. */
const INCOMPARABLE: readonly number[] = [1267, 1270, 1271];

/** Values, constraints, triggers, views with a check. */
const CLASSES_OF_ROW: readonly string[] = ['22', '23', '44', '45'];

function isOfRow({ errno, state }: ServerError): boolean {
  return OF_ROW.includes(errno) || CLASSES_OF_ROW.includes(state.slice(0, 2));
}

/** Whether the server makes no further connection, of this user or at all. */
export const isOfTooMany = (error: unknown): boolean =>
  TOO_MANY.includes(serverError(error)?.errno ?? 0);

export const isOutOfRange = (error: unknown): boolean => serverError(error)?.errno === OUT_OF_RANGE;

export function isTransient(error: unknown): boolean {
  return TRANSIENT.includes(serverError(error)?.errno ?? 0);
}

export const isTooSlow = (error: unknown): boolean =>
  CANCELLED.includes(serverError(error)?.errno ?? 0);

/** Constraints, triggers, values that do not fit, rights that are missing. */
export function isRefusal(error: unknown): boolean {
  const found = serverError(error);
  return found !== undefined && (DENIED.includes(found.errno) || isOfRow(found));
}

/** Whether the error is that of the table as a whole. */
export function isOfTable(error: unknown): boolean {
  const { errno, state } = serverError(error) ?? { errno: 0, state: '' };
  return OF_TABLE.includes(errno) || (state.startsWith('42') && !OF_USER.includes(errno));
}

/** Whether the statement compares with a text that the character set of a column lacks. It has changed nothing. */
export const isIncomparable = (error: unknown): boolean =>
  INCOMPARABLE.includes(serverError(error)?.errno ?? 0);

/** Whether another session might fare better: `SET GLOBAL` is for new ones only, and its server may have become a replica. */
export function blamesSession(error: unknown): boolean {
  const found = serverError(error);
  return found !== undefined && !isTransient(error) && !isOfRow(found);
}

/** What to say beside the words of the database. */
export function explain(error: unknown): string | undefined {
  const errno = serverError(error)?.errno ?? 0;
  if (READ_ONLY.includes(errno)) {
    return (
      'this server takes no writes, and the connection is closed now; the next attempt opens another. ' +
      'Look at read_only, and whether this server is a replica'
    );
  }
  if (errno === NO_TABLE) return MAKE_TABLES;
  return errno === BINLOG_OF_STATEMENTS ? 'set binlog_format to ROW or MIXED' : undefined;
}
