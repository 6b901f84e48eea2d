import pg from 'pg';
import { DataSource } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { fastCounterEntities, InvalidOptionsError } from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, NAMESPACES, rows, stores } from './databases.js';

test('a data source that is initialized late is used from then on', async () => {
  const { url } = await stores(1);
  const dataSource = new DataSource({ type: 'postgres', url, entities: fastCounterEntities });
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  await expect(store.inspect([])).rejects.toThrow('is not initialized');
  await dataSource.initialize();
  onTestFinished(() => dataSource.destroy());
  expect(await store.inspect([])).toEqual([]);
  await store.seed(0, () => Promise.resolve('first'));
  expect(await store.apply(0, batch(2, { a: 3 }))).toMatchObject({ status: 'applied' });

  const bare = new DataSource({ type: 'postgres', url });
  const blind = new SqlCounterStore(bare, NAMESPACES);
  await bare.initialize();
  onTestFinished(() => bare.destroy());
  await expect(blind.inspect([])).rejects.toThrow(InvalidOptionsError);
  await expect(blind.inspect([])).rejects.toThrow('the entity Counter:');
});

test('one that is destroyed and initialized again survives connections that are ended meanwhile', async () => {
  const { url } = await stores(1);
  const dataSource = await connect(url, { extra: { max: 8 } });
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  await store.apply(0, batch(1, { a: 1 }));
  await dataSource.destroy();
  await expect(store.read(['a'], [0])).rejects.toThrow('is not initialized');
  await dataSource.initialize();

  const owner = new pg.Client(url);
  await owner.connect();
  onTestFinished(() => owner.end());
  for (let round = 0; round < 20; round++) {
    const reads = Array.from({ length: 8 }, () => store.read(['a'], [0]));
    const ended = owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    await Promise.allSettled([...reads, ended]);
  }
  // an exception that nobody caught would have failed the test by now
  expect(await rows(await connect(url))).toEqual([['a', '1']]);
});
