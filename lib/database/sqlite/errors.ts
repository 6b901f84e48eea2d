import { MAKE_TABLES } from '../dialects/table-names.js';
import { isMistake } from '../../incidents/is-mistake.js';
import { reasonOf } from '../../words/quote.js';

/**
 * What an error is about: a transaction of the application that is open, a lock of another connection, a row, or anything else,
 * as disk, file and tables.
 */
type Subject = 'transaction' | 'lock' | 'row' | 'database';

/** An error of SQLite, by whichever driver. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';

  constructor(
    readonly about: Subject,
    cause: unknown,
  ) {
    super(reasonOf(cause), { cause });
  }
}

// https://www.sqlite.org/rescode.html
const LOCKS = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;
const ROWS = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;

const OPEN_TRANSACTION = 'cannot start a transaction within a transaction';
/** Of better-sqlite3, while the application goes through the rows of a statement. */
const BUSY = 'This database connection is busy executing a query';
/** The words of SQLite for what is about no row. sql.js tells no codes. */
const OF_DATABASE = [
  ...['database or disk is full', 'out of memory', 'disk I/O error', 'unable to open database'],
  ...['attempt to write a readonly database', 'database disk image is malformed', 'interrupted'],
  ...['file is not a database', 'no such ', 'SQL logic error', 'cannot ', 'Database closed'],
];
const LOCKED = ['database is locked', 'database table is locked', 'database schema is locked'];

/** An error of a driver as one of ours. `hasRun` tells whether the statement was understood, and began to run. */
export function failureOf(error: unknown, hasRun: boolean): unknown {
  const { code, message } = wordsOf(error);
  const begins = (begin: string): boolean => message.startsWith(begin);
  if (begins(OPEN_TRANSACTION) || begins(BUSY)) return new SqliteFailure('transaction', error);
  if (LOCKS.test(code) || LOCKED.some(begins)) return new SqliteFailure('lock', error);
  if (isMistake(error)) return error;
  const isOfRow = code === '' ? hasRun && !OF_DATABASE.some(begins) : ROWS.test(code);
  return new SqliteFailure(isOfRow ? 'row' : 'database', error);
}

function wordsOf(error: unknown): { code: string; message: string } {
  // sql.js throws texts as well
  if (typeof error === 'string') return { code: '', message: error };
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
  };
}

/** Whether the same call may succeed when others have ended what they do. */
export const isOccupied = (error: unknown): error is SqliteFailure =>
  error instanceof SqliteFailure && (error.about === 'transaction' || error.about === 'lock');

/** Whether the error may be about a row, and come again however often it is repeated. */
export const isOfRow = (error: unknown): error is SqliteFailure =>
  error instanceof SqliteFailure && error.about === 'row';

/** What to say beside the words of SQLite. */
export function explain({ message }: Error): string | undefined {
  if (message.startsWith('no such table: ')) {
    return MAKE_TABLES;
  }
  return undefined;
}
