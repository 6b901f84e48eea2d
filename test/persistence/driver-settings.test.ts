import pg from 'pg';
import type { DataSource } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { Counter } from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, NAMESPACES, rows, stores } from './databases.js';

const LARGE = 9_007_199_254_740_993n;
const START = Date.UTC(2026, 0, 1);

/** What a store does, once each. */
async function all(dataSource: DataSource): Promise<unknown> {
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  const bucket = bucketName('a', bucketSuffix({ window: 'day', start: START }));
  const seeded = await store.seed(0, ({ seq }) => Promise.resolve(`after-${seq}`));
  const applied = await store.apply(0, batch(2, { a: LARGE, b: -1, [bucket]: 7 }));
  const removed = await store.apply(0, batch(3, { b: 1 }, ['b']));
  const read = await store.read(['a', 'b', bucket], [0]);
  const listed = await store.list({ order: 'value', direction: 'desc', limit: 5 });
  const days = listed.map(({ createdAt }) => Date.now() - createdAt.getTime() < 86_400_000);
  const expired = await store.expire('day', new Date(), 5, new Date());
  const problems = await store.inspect([{ window: 'day', start: START }]);
  return {
    ...{ seeded, applied, removed, read, expired, problems, days },
    listed: listed.map(({ name, value }) => ({ name, value })),
  };
}

test('parsers of a connection for every type, and binary answers, change nothing', async () => {
  const { dataSource: usual } = await stores(1);
  const expected = await all(usual);

  const { url } = await stores(1);
  let asked = false;
  // TypeORM asks for a version and a schema when it connects
  const parsers = { getTypeParser: () => (value: unknown) => (asked ? 'nonsense' : value) };
  const dataSource = await connect(url, { extra: { types: parsers } });
  asked = true;
  expect(await all(dataSource)).toEqual(expected);

  const { url: other } = await stores(1);
  expect(await all(await connect(other, { extra: { binary: true } }))).toEqual(expected);
});

test('of the entity a count is exact, or an error where a parser of int8 has rounded it', async () => {
  const {
    dataSource,
    stores: [store],
  } = await stores(1);
  await store?.apply(0, batch(1, { small: 5, large: LARGE }));
  const find = (name: string) => dataSource.manager.findOneBy(Counter, { name });
  expect(await find('large')).toMatchObject({ value: LARGE });

  const { INT8 } = pg.types.builtins;
  const parser = pg.types.getTypeParser(INT8) as (text: string) => unknown;
  onTestFinished(() => pg.types.setTypeParser(INT8, parser));
  pg.types.setTypeParser(INT8, Number);
  expect(await find('small')).toMatchObject({ value: 5n });
  await expect(find('large')).rejects.toThrow(/rounded by the parser.*parseInt8/);
  pg.types.setTypeParser(INT8, BigInt);
  expect(await find('large')).toMatchObject({ value: LARGE });
});

test('an isolation level that the database has as default keeps no batches from one another', async () => {
  const {
    stores: [first, second],
    dataSource,
  } = await stores(2, {
    extra: { options: '-c default_transaction_isolation=serializable' },
  });
  for (let seq = 1; seq <= 15; seq++) {
    await Promise.all([
      first?.apply(1, batch(seq, { hot: 1, [`a${seq}`]: 1 })),
      second?.apply(2, batch(seq, { hot: 1, [`b${seq}`]: 1 })),
    ]);
  }
  expect(new Map(await rows(dataSource)).get('hot')).toBe('30');
});
