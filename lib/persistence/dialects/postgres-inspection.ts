import type { StoreProblem } from '../../cache/counter-cache.js';
import { quote } from '../../quote.js';
import type { SqlConnection } from './sql-connection.js';

interface Found {
  name: string;
  encoding: string;
  standby: string;
}

export async function inspect(connection: SqlConnection): Promise<StoreProblem[]> {
  const [found] = await connection.query<Found[]>(
    `SELECT current_database()::text AS name, current_setting('server_encoding') AS encoding,
            pg_is_in_recovery()::text AS standby`,
  );
  if (found === undefined) return [];
  const { name, encoding, standby } = found;
  const problems: string[] = [];
  // also SQL_ASCII, which takes every byte: a name would be cut by its bytes, not by its characters
  if (encoding !== 'UTF8') {
    problems.push(
      `The database ${quote(name)} is encoded in ${quote(encoding)} and cannot hold every counter name: ` +
        `move the tables to one made by CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (standby === 'true') {
    problems.push(
      `The database ${quote(name)} is on a read-only replica (pg_is_in_recovery() is true) and takes no counts: ` +
        'give the data source the address of the primary server',
    );
  }
  return problems.map((message) => ({ kind: 'unusable', message }));
}
