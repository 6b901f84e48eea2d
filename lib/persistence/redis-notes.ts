import type { RedisNotes } from './counter-store.js';
import type { DatabaseCalls } from './database-calls.js';
import type { SqlDialect } from './dialects/sql-dialect.js';

export function redisNotes(
  database: DatabaseCalls,
  dialect: SqlDialect,
  namespace: string,
): RedisNotes {
  return {
    read: () => database.step((connection) => dialect.readNote(connection, namespace), 'spare'),
    write: (note) =>
      database.step((connection) => dialect.writeNote(connection, namespace, note), 'spare'),
    remove: (place) =>
      database.step((connection) => dialect.outdateNote(connection, namespace, place)),
  };
}
