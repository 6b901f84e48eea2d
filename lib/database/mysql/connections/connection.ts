import type { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import type { SqlConnection } from '../../dialects/sql-connection.js';

interface Field {
  buffer(): Buffer | null;
}

interface Statement {
  sql: string;
  values: null;
  namedPlaceholders: false;
  rowsAsArray: false;
  nestTables: false;
  typeCast: (field: Field) => string | null;
}

/** What is used of a connection of mysql2. */
export interface Client extends EventEmitter {
  query(statement: Statement, answer: (error: Error | null, rows: unknown) => void): void;
  destroy(): void;
  readonly stream?: { destroy(): void };
  execute?: unknown;
}

const asText = (field: Field): string | null => field.buffer()?.toString('utf8') ?? null;

/**
 * Statements hold their values themselves, and answers are read as the bytes that the server sends: so no setting of the
 * driver changes either, nor does the `sql_mode` of the session. Without values the driver does not look for places to put them.
 */
export function connectionOver(client: unknown, dataSource: DataSource): SqlConnection {
  return {
    dataSource,
    client,
    query<Rows>(sql: string) {
      return new Promise<Rows>((resolve, reject) => {
        (client as Client).query(
          {
            ...{ sql, values: null, namedPlaceholders: false },
            ...{ rowsAsArray: false, nestTables: false, typeCast: asText },
          },
          (error, rows) => {
            if (error) reject(error);
            else resolve(rows as Rows);
          },
        );
      });
    },
    abandon: () => drop(client as Client),
  };
}

/** Also one that still connects. */
export function drop(client: Client): void {
  // no error event then
  client.destroy();
  client.stream?.destroy();
}
