import type { TestProject } from 'vitest/node';
import { startPostgres } from './servers/postgres.js';
import { startRedis } from './servers/redis.js';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
    databaseUrl: string;
  }
}

/** One Redis and one PostgreSQL for the whole run; tests keep apart by namespace and database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  project.provide('redisUrl', redis.url);
  project.provide('databaseUrl', postgres.url);
  return async () => {
    await Promise.all([redis.stop(), postgres.stop()]);
  };
}
