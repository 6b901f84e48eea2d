import type { DataSource } from 'typeorm';
import { type Closable, closeSocket } from './connecting.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';

interface Statement {
  text: string;
  values?: readonly unknown[];
  types: { getTypeParser: () => (value: string | Buffer) => string };
}

/** What is used of pg's. */
interface Client extends Closable {
  query(statement: Statement): Promise<{ rows: unknown[] } | { rows: unknown[] }[]>;
}

/** The same text in the text format and in the binary one. */
const asText = (value: string | Buffer): string => value.toString();
/** The application may have parsers of its own, for its connections or for the process. */
const types: Statement['types'] = { getTypeParser: () => asText };

/** Statements select texts alone, as a connection may be set to the binary format. */
export function connectionOver(client: unknown, dataSource: DataSource): SqlConnection {
  return {
    dataSource,
    async query<Rows>(text: string, values?: readonly unknown[]) {
      const result = await (client as Client).query({ text, values, types });
      return (Array.isArray(result) ? [] : result.rows) as Rows;
    },
    abandon() {
      // no error event then
      void (client as Client).end().catch(() => undefined);
      closeSocket(client as Client);
    },
  };
}
