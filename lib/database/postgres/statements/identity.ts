import { CounterLedger } from '../../entities/ledger.entity.js';
import { sqlStateOf } from '../errors.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { tableName } from '../../dialects/table-names.js';

/** A server that is none of PostgreSQL's own, or a role that may not ask. */
const UNANSWERED: readonly (string | undefined)[] = ['42883', '42501', '0A000'];

interface Identified {
  system: string;
  database: string;
  name: string;
  schema: string | null;
  address: string | null;
}

/**
 * The number that a cluster of PostgreSQL was made with, which its replicas and physical copies share, with the database and
 * the schema of the tables: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA
 */
export async function identify(
  connection: SqlConnection,
): Promise<{ identity: string; place: string } | undefined> {
  try {
    const [found] = await connection.query<Identified[]>(
      `SELECT system_identifier::text AS system, name::text AS name, schema::text AS schema,
              (SELECT oid::text FROM pg_database WHERE datname = name) AS database,
              host(inet_server_addr()) || ':' || inet_server_port() AS address
         FROM pg_control_system(), current_database() AS name,
              (SELECT (SELECT nspname FROM pg_namespace JOIN pg_class ON pg_namespace.oid = relnamespace
                        WHERE pg_class.oid = to_regclass($1)) AS schema) AS found`,
      [tableName(connection, CounterLedger)],
    );
    if (found === undefined || found.schema === null) return undefined;
    const { system, database, name, schema, address } = found;
    return {
      identity: `${system}/${database}/${schema}`,
      place: `${address ?? 'a socket'}/${name}, schema ${schema}`,
    };
  } catch (error) {
    if (UNANSWERED.includes(sqlStateOf(error))) return undefined;
    throw error;
  }
}
