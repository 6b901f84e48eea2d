import { MAKE_TABLES } from '../dialects/table-names.js';

/** The SQLSTATE of an error of PostgreSQL; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  // EPIPE has the form of one
  if (syscall !== undefined) return undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** That there is no prepared statement of this name, and that there is one already: a repetition is not prepared. */
const UNPREPARED = new Set(['26000', '42P05']);
/** Serialization failure, deadlock, lock timeout: the database rolled back, and a repetition may succeed. */
const TRANSIENT = new Set(['40001', '40P01', '55P03', ...UNPREPARED]);

/** A read-only transaction: of a session that began under another setting, or on a standby. */
const READ_ONLY = '25006';
const NO_TABLE = '42P01';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
/** What a session can be the reason of, though: a right that a role or a policy refuses to a row. */
const OF_SESSION: readonly string[] = [
  ...['08', '0A', '25', '26', '28', '3D', '3F', '42', '53', '55', '57', '58'],
];

/** What no row can be the reason of, beside these: errors of the database itself, and rights that it denies to all. */
const NEVER_OF_ROW: readonly string[] = [...OF_SESSION, '40', 'XX'];
/** A policy, or a right that only some rows need: what else may be it is found out. */
const DENIED = '42501';
/** `statement_timeout`, or somebody who cancelled it. */
const CANCELLED = '57014';

/** Constraints, triggers, values that do not fit a column or an encoding; also codes that a trigger made up. */
export function isRefusal(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code !== undefined && (code === DENIED || !NEVER_OF_ROW.includes(code.slice(0, 2)));
}

export const isTooSlow = (error: unknown): boolean => sqlStateOf(error) === CANCELLED;

export const isUnprepared = (error: unknown): boolean => UNPREPARED.has(sqlStateOf(error) ?? '');

export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(sqlStateOf(error) ?? '');
}

/**
 * Whether another session might fare better: its settings are those of the moment when it begins, its server may
 * have become a standby, or has ended it. `ALTER DATABASE … SET` is for new sessions only.
 */
export function blamesSession(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code !== undefined && !TRANSIENT.has(code) && OF_SESSION.includes(code.slice(0, 2));
}

/** What to say beside the words of the database. */
export function explain(error: unknown): string | undefined {
  const code = sqlStateOf(error);
  if (code === NO_TABLE) return MAKE_TABLES;
  if (code !== READ_ONLY) return undefined;
  return (
    'this connection is read-only, and is closed now; the next attempt opens another. ' +
    'Look at default_transaction_read_only, and whether this server is a standby'
  );
}
