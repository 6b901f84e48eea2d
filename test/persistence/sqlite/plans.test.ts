import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { SQLITE_KINDS, type SqliteKind } from '../../support/sqlite.js';
import { batch, single } from './databases.js';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const hour = (name: string, after = 0): string =>
  bucketName(name, bucketSuffix({ window: 'hour', start: START + after * HOUR }));

interface Prepares {
  prepare(sql: string): unknown;
}

/** Plans of the statements on our tables that a call runs, as SQLite explains them. */
async function plansOf(dataSource: DataSource, call: () => Promise<unknown>): Promise<string[]> {
  const { databaseConnection } = dataSource.driver as unknown as { databaseConnection: Prepares };
  const spy = vi.spyOn(databaseConnection, 'prepare');
  onTestFinished(() => spy.mockRestore());
  await call();
  const sent = spy.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('fast_counter'));
  spy.mockRestore();
  const plans: string[] = [];
  for (const sql of sent) {
    const count = sql.split('?').length - 1;
    const steps = await dataSource.query<{ detail: string }[]>(
      `EXPLAIN QUERY PLAN ${sql}`,
      Array.from({ length: count }, () => '[]'),
    );
    plans.push(steps.map(({ detail }) => detail).join('; '));
  }
  return plans;
}

async function filled(kind: SqliteKind) {
  const { store, dataSource } = await single(kind);
  await store.apply(0, batch(1, { a: 1, b: 2, [hour('a')]: 1 }));
  return { store, dataSource };
}

const BY_KEY = /SEARCH \S+ USING (COVERING )?INDEX sqlite_autoindex_fast_counter_1/;

describe.each(SQLITE_KINDS)('by %s', (kind) => {
  test('a read of names finds each of them by the whole primary key', async () => {
    const { store, dataSource } = await filled(kind);
    const [plan = ''] = await plansOf(dataSource, () => store.read(['a', hour('a')], [0]));
    expect(plan).toMatch(
      /SEARCH held USING INDEX sqlite_autoindex_fast_counter_1 \(namespace=\? AND name=\?\)/,
    );
    expect(plan).toMatch(
      /SEARCH held USING INDEX sqlite_autoindex_fast_counter_bucket_1 \(namespace=\? AND name=\? AND time_window=\? AND starts_at=\?\)/,
    );
    expect(plan).toMatch(
      /SEARCH fast_counter_ledger USING INDEX sqlite_autoindex_fast_counter_ledger_1 \(namespace=\? AND partition=\?\)/,
    );
    expect(plan).not.toMatch(/SCAN (held|fast_counter)/);
  });

  test('pages of a list come from the primary key in its order, or from the index by value', async () => {
    const { store, dataSource } = await filled(kind);
    const pages = [
      {},
      { prefix: 'c1' },
      { after: { name: 'c', value: 5n } },
      { prefix: 'c1', after: { name: 'c11', value: 5n } },
    ];
    for (const direction of ['asc', 'desc'] as const) {
      for (const page of pages) {
        const query = { ...page, direction, order: 'name', limit: 20 } as const;
        const [plan = ''] = await plansOf(dataSource, () => store.list(query));
        expect(plan).toMatch(BY_KEY);
        if (page.prefix !== undefined || page.after !== undefined) expect(plan).toMatch(/name[<>]/);
        expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
      }
    }
    await dataSource.query(
      'CREATE INDEX fast_counter_by_value ON fast_counter (namespace, value, name)',
    );
    for (const direction of ['asc', 'desc'] as const) {
      for (const page of [{}, { after: { name: 'c', value: 5n } }]) {
        const query = { ...page, direction, order: 'value', limit: 20 } as const;
        const [plan = ''] = await plansOf(dataSource, () => store.list(query));
        expect(plan).toMatch(/SEARCH held USING INDEX fast_counter_by_value/);
        if (page.after !== undefined) expect(plan).toMatch(/value[,)<>]/);
        expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
      }
    }
  });

  test('no statement of a batch, a removal, an expiry or a look goes through a table', async () => {
    const { store, dataSource } = await filled(kind);
    const calls = [
      () => store.apply(0, batch(2, { a: -1, b: 1, c: 1, [hour('a')]: 1, d: 0 }, ['a'])),
      () => store.expire('hour', new Date(START + 3 * HOUR), 100, new Date()),
      () => store.inspect([{ window: 'hour', start: START }]),
      () => store.embedded(),
      () => store.persistedAt(),
    ];
    for (const call of calls) {
      const plans = await plansOf(dataSource, call);
      expect(plans.join('\n')).not.toMatch(/SCAN (held|stored|fast_counter)|TEMP B-TREE/);
    }
  });
});
