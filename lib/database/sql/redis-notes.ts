import type { ServerNotes } from '../../words/server-notes.js';
import type { DatabaseCalls } from './database-calls.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';

export function redisNotes(
  database: DatabaseCalls,
  dialect: SqlDialect,
  namespace: string,
): ServerNotes {
  return {
    read: () => database.step((connection) => dialect.readNote(connection, namespace), 'spare'),
    write: (note) =>
      database.step((connection) => dialect.writeNote(connection, namespace, note), 'spare'),
    outdate: (process) =>
      database.step((connection) => dialect.outdateNote(connection, namespace, process)),
  };
}
