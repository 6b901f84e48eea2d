import type { DataSource } from 'typeorm';
import { type Closable, closeSocket } from './connecting.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { nameOf, noteBackend, noteRefusal } from './prepared.js';

interface Statement {
  name?: string | undefined;
  text: string;
  values?: readonly unknown[];
  types: { getTypeParser: () => (value: string | Buffer) => string };
}

/** What is used of pg's. */
interface Client extends Closable {
  /** The process that the server named as the connection was made. A client of pg-native has none. */
  readonly processID?: number | null;
  query(statement: Statement): Promise<{ rows: unknown[] } | { rows: unknown[] }[]>;
}

/** The same text in the text format and in the binary one. */
const asText = (value: string | Buffer): string => value.toString();
/** The application may have parsers of its own, for its connections or for the process. */
const types: Statement['types'] = { getTypeParser: () => asText };

/** Of several statements there is no answer. */
const rowsOf = (result: { rows: unknown[] } | { rows: unknown[] }[]): unknown[] =>
  Array.isArray(result) ? [] : result.rows;

/** Statements select texts alone, as a connection may be set to the binary format. */
export function connectionOver(client: unknown, dataSource: DataSource): SqlConnection {
  return {
    dataSource,
    client,
    async query<Rows>(text: string, values?: readonly unknown[], isFrequent = false) {
      const pg = client as Client;
      if (!isFrequent) return rowsOf(await pg.query({ text, values, types })) as Rows;
      const name = nameOf(text, pg, dataSource);
      try {
        const rows = rowsOf(await pg.query({ name, text, values, types }));
        noteBackend(pg, rows[0] as { backend?: string } | undefined);
        return rows as Rows;
      } catch (error) {
        if (name !== undefined) noteRefusal(error, dataSource);
        throw error;
      }
    },
    abandon() {
      // no error event then
      void (client as Client).end().catch(() => undefined);
      closeSocket(client as Client);
    },
  };
}
