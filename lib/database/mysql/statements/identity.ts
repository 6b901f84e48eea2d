import type { SqlConnection } from '../../dialects/sql-connection.js';

const IN_CLUSTER = 'wsrep_cluster_state_uuid';
/** What tells a server or a group of servers from others; a group first. */
const IDENTITIES = ['group_replication_group_name', 'server_uuid', 'server_uid'];

/**
 * The identity of the cluster, as Galera or Group Replication has it, or else that of the server, with the name of the
 * database. MariaDB has one since 10.6.9.
 */
export async function identify(
  connection: SqlConnection,
): Promise<{ identity: string; place: string } | undefined> {
  const names = [...IDENTITIES, 'hostname', 'port'].map((name) => `'${name}'`);
  const found = await connection.query<Record<string, string | null>[]>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.join(', ')})`,
  );
  const cluster = await connection.query<Record<string, string | null>[]>(
    `SHOW GLOBAL STATUS LIKE '${IN_CLUSTER}'`,
  );
  const [{ name } = { name: null }] = await connection.query<{ name: string | null }[]>(
    'SELECT DATABASE() AS name',
  );
  const known = new Map(
    [...found, ...cluster].map((row) => [row['Variable_name'], row['Value'] ?? '']),
  );
  const server = [IN_CLUSTER, ...IDENTITIES].map((it) => known.get(it)).find(Boolean);
  if (server === undefined || name === null) return undefined;
  return {
    identity: `${server}/${name}`,
    place: `${known.get('hostname') ?? 'a server'}:${known.get('port') ?? ''}/${name}`,
  };
}
