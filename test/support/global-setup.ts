import type { TestProject } from 'vitest/node';
import { makeCounterTemplate } from './servers/counter-database.js';
import { asCounterUser } from './servers/documented-access.js';
import { startMariadb } from './servers/mariadb.js';
import { startPostgres } from './servers/postgres.js';
import { refusals } from './servers/redis-refusals.js';
import { startRedis } from './servers/redis.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** For the user of docs/security.md, which may count and nothing else. */
    redisUrl: string;
    redisAdminUrl: string;
    /** For a superuser. */
    databaseUrl: string;
    /** A database of it with the tables. */
    counterTemplate: string;
    /** For one who may do everything. */
    mariadbUrl: string;
  }
}

const { MATRIX_POSTGRES_URL } = process.env;

/** One Redis, one PostgreSQL and one MariaDB for the whole run; tests keep apart by namespace and database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, postgres, mariadb] = await Promise.all([
    startRedis(),
    // a server of the matrix
    MATRIX_POSTGRES_URL
      ? { url: MATRIX_POSTGRES_URL, stop: () => Promise.resolve() }
      : startPostgres(),
    startMariadb(),
  ]);
  project.provide('redisUrl', asCounterUser(redis.url));
  project.provide('redisAdminUrl', redis.url);
  project.provide('databaseUrl', postgres.url);
  project.provide('counterTemplate', await makeCounterTemplate(postgres.url));
  project.provide('mariadbUrl', mariadb.url);
  return async () => {
    const refused = await refusals(redis.url);
    await Promise.all([redis.stop(), postgres.stop(), mariadb.stop()]);
    if (refused.length > 0) {
      throw new Error(`docs/security.md does not allow: ${refused.join(', ')}`);
    }
  };
}
