import type { SqlConnection } from '../dialects/sql-connection.js';

const known = new WeakSet();
const listenedTo = new WeakSet<SqlConnection>();

/**
 * Notes that the driver rejected with this error: as it connected, or as it ran a statement.
 *
 * Where an error comes from tells the failures of servers from those of the program; its form does not. Errors of a server have
 * codes, and so have those of the network. But pg and mysql2 say in plain errors that a connection was closed, that it timed out
 * or that a pool has ended, and the words change with their versions.
 */
export function noteRejection(error: unknown): void {
  if (typeof error === 'object' && error !== null) known.add(error);
}

/** Whether the driver rejected with this error. */
export const isOfDriver = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && known.has(error);

/** Notes what this connection rejects with. It stays the same object, as dialects know connections by identity. */
export function listenTo(connection: SqlConnection): SqlConnection {
  if (listenedTo.has(connection)) return connection;
  listenedTo.add(connection);
  const query = connection.query.bind(connection);
  connection.query = async <Rows>(...statement: Parameters<SqlConnection['query']>) => {
    try {
      return await query<Rows>(...statement);
    } catch (error) {
      noteRejection(error);
      throw error;
    }
  };
  return connection;
}
