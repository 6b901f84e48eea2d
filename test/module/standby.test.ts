import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { FastCounterModule, InvalidOptionsError } from '../../lib/index.js';
import { startPostgres } from '../support/servers/postgres.js';
import { database, freshNamespace, redis, start } from './start.js';

test('a read-only replica as data source is refused at start-up, by name', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const url = await postgres.createDatabase('counts');
  const app = await start({ imports: [await database({ url }), FastCounterModule.forRoot()] });
  await app.close();

  const client = new pg.Client(url);
  await client.connect();
  // without a primary to follow it is a standby all the same; its own data directory is that of its process
  await client.query(`COPY (SELECT '') TO '/proc/self/cwd/standby.signal'`);
  await client.end();
  await postgres.restart();

  for (const options of [{}, { redis: redis(), namespace: freshNamespace() }]) {
    const imports = [
      await database({ url, synchronize: false }),
      FastCounterModule.forRoot(options),
    ];
    const starting = start({ imports });
    await expect(starting).rejects.toThrow(InvalidOptionsError);
    await expect(starting).rejects.toThrow(/"counts" is on a read-only replica.*primary/);
  }
});
