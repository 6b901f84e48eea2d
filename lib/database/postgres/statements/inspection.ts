import type { StoreProblem } from '../../../cache/counter-cache.js';
import { quote } from '../../../words/quote.js';
import { fastCounterEntities } from '../../entities/entities.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { tableName } from '../../dialects/table-names.js';

interface Found {
  name: string;
  encoding: string;
  standby: string;
  hiding: string | null;
}

export async function inspect(connection: SqlConnection): Promise<StoreProblem[]> {
  const [found] = await connection.query<Found[]>(
    `SELECT current_database()::text AS name, current_setting('server_encoding') AS encoding,
            pg_is_in_recovery()::text AS standby,
            (SELECT string_agg(name, ', ') FROM unnest($1::text[]) AS given(name)
              WHERE row_security_active(to_regclass(name))) AS hiding`,
    [fastCounterEntities.map((entity) => tableName(connection, entity))],
  );
  if (found === undefined) return [];
  const { name, encoding, standby, hiding } = found;
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
  const unusable = problems.map((message): StoreProblem => ({ kind: 'unusable', message }));
  return hiding === null ? unusable : [...unusable, { kind: 'warning', message: hidden(hiding) }];
}

const hidden = (tables: string): string =>
  `Row level security holds for this role on ${tables}: rows that a policy hides from it are read as 0 and counted wrong. ` +
  'Give the role BYPASSRLS, or have policies that hide no row of a namespace of counters from it';
