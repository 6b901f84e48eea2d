import mysql from 'mysql2/promise';
import { startMariadb as start } from '../../test/support/servers/mariadb.js';
import type { DatabaseServer } from './servers.js';

/** With the settings that it comes with. */
export async function startMariadb(): Promise<DatabaseServer> {
  const server = await start([]);
  return {
    pid: server.pid,
    async createDatabase(name) {
      const clause = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
      const url = await server.createDatabase(name, clause);
      const connection = await mysql.createConnection(url);
      const [rows] = await connection.query('SELECT version() AS version');
      await connection.end();
      const [{ version = '' } = {}] = rows as { version?: string }[];
      return { url: url.replace('mysql:', 'mariadb:'), version };
    },
    stop: () => server.stop(),
  };
}
