import type { DataSource } from 'typeorm';
import { expect, test, vi, onTestFinished } from 'vitest';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { batch, single } from './databases.js';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const hour = (name: string, after = 0): string =>
  bucketName(name, bucketSuffix({ window: 'hour', start: START + after * HOUR }));
const ROWS = 30_000;

interface Step {
  /** May be null. */
  table: string;
  type: string;
  key: string | null;
  rows: string;
  Extra: string;
}

/** A namespace of many rows beside others. */
async function crowded() {
  const { store, dataSource } = await single();
  await store.seed(0, () => Promise.resolve('seeded'));
  for (const namespace of ['store', 'another']) {
    await dataSource.query(
      `INSERT INTO fast_counter SELECT '${namespace}', CONCAT('c', seq), seq, NOW(), NOW() FROM seq_1_to_${ROWS}`,
    );
    await dataSource.query(
      `INSERT INTO fast_counter_bucket SELECT '${namespace}', CONCAT('c', seq MOD 300), 'hour',
        TIMESTAMP'2026-01-01 00:00:00' + INTERVAL seq DIV 300 HOUR, 1, NOW() FROM seq_1_to_${ROWS}`,
    );
  }
  return { store, dataSource };
}

/** What a call sends to the server. */
async function statementsOf(
  dataSource: DataSource,
  call: () => Promise<unknown>,
): Promise<string[]> {
  const sent: string[] = [];
  const { pool } = dataSource.driver as unknown as {
    pool: Record<
      'getConnection',
      (
        answer: (
          error: unknown,
          client?: { query: (statement: { sql: string }, ...rest: unknown[]) => unknown },
        ) => void,
      ) => void
    >;
  };
  const original = pool.getConnection;
  const spy = vi.spyOn(pool, 'getConnection').mockImplementation((answer) => {
    original.call(pool, (error, client) => {
      if (client !== undefined) {
        const { query } = client;
        client.query = (statement, ...rest) => {
          sent.push(statement.sql);
          return query.call(client, statement, ...rest);
        };
      }
      answer(error, client);
    });
  });
  onTestFinished(() => spy.mockRestore());
  await call();
  spy.mockRestore();
  return sent;
}

const explain = (dataSource: DataSource, statement: string): Promise<Step[]> =>
  dataSource.query<Step[]>(`EXPLAIN ${statement}`);

/** Each step by an index, none through more rows than these. */
function expectByIndex(steps: readonly Step[], most: number): void {
  for (const { table, type, key, rows } of steps) {
    if (!/^(held|fast_counter)/.test(table)) continue;
    expect({ table, type, isByKey: key !== null }).toEqual({
      table,
      type: expect.stringMatching(/^(eq_ref|ref|range|const)$/) as string,
      isByKey: true,
    });
    expect(Number(rows)).toBeLessThanOrEqual(most);
  }
}

test('a read of many names finds each of them by the primary key', async () => {
  const { store, dataSource } = await crowded();
  const names = Array.from({ length: 300 }, (_, index) => [
    `c${index}`,
    hour(`c${index}`, index % 90),
  ]).flat();
  const [statement = ''] = await statementsOf(dataSource, () => store.read(names, [0]));
  const steps = await explain(dataSource, statement);
  expect(steps.filter(({ table, type }) => table === 'held' && type === 'eq_ref')).toHaveLength(2);
  expectByIndex(steps, 1);
});

test('pages of a list come from the primary key in its order, or from the index by value', async () => {
  const { store, dataSource } = await crowded();
  const query = { direction: 'asc', limit: 20 } as const;
  const rowsRead = async (call: () => Promise<unknown>): Promise<number> => {
    const [statement = ''] = await statementsOf(dataSource, call);
    const [found] = await dataSource.query<{ ANALYZE: string }[]>(
      `ANALYZE FORMAT=JSON ${statement}`,
    );
    return Math.max(
      ...Array.from(found?.ANALYZE.matchAll(/"r_rows": (\d+)/g) ?? [], ([, rows]) => Number(rows)),
    );
  };
  const after = { name: 'c500', value: 500n };
  for (const direction of ['asc', 'desc'] as const) {
    const pages = [
      {},
      { prefix: 'c1' },
      { after },
      { prefix: 'c1', after: { name: 'c1500', value: 1500n } },
    ];
    for (const page of pages) {
      expect(
        await rowsRead(() => store.list({ ...query, ...page, direction, order: 'name' })),
      ).toBeLessThanOrEqual(21);
    }
  }
  await dataSource.query(
    'CREATE INDEX fast_counter_by_value ON fast_counter (namespace, value, name)',
  );
  for (const direction of ['asc', 'desc'] as const) {
    for (const page of [{}, { after }]) {
      expect(
        await rowsRead(() => store.list({ ...query, ...page, direction, order: 'value' })),
      ).toBeLessThanOrEqual(22);
    }
  }
});

test('buckets expire by the index on windows and times', async () => {
  const { store, dataSource } = await crowded();
  const before = new Date(START + 3 * HOUR);
  const [statement = ''] = (
    await statementsOf(dataSource, () => store.expire('hour', before, 100, new Date()))
  ).filter((sent) => sent.startsWith('DELETE'));
  const [step] = await explain(dataSource, statement);
  expect(step).toMatchObject({ type: 'range', key: expect.stringMatching(/^IDX_/) as string });
});

test('rows at zero are removed, and starts are looked for, by a key', async () => {
  const { store, dataSource } = await crowded();
  const names = Array.from({ length: 100 }, (_, index) => `c${index + 1}`);
  const deltas = Object.fromEntries(names.map((name, index) => [name, -index - 1]));
  const sent = await statementsOf(dataSource, () => store.apply(0, batch(5, deltas, names)));
  const [removal = ''] = sent.filter((statement) => statement.startsWith('DELETE'));
  expectByIndex(await explain(dataSource, removal), 100);
  const starts = [
    { window: 'hour', start: START + 1000 * HOUR },
    { window: 'day', start: START },
  ] as const;
  const looks = await statementsOf(dataSource, () => store.inspect(starts));
  expectByIndex(await explain(dataSource, looks.at(-1) ?? ''), 10);
});

test('a batch that only adds is one statement, in which no lock waits for the client', async () => {
  const { store, dataSource } = await single();
  await store.seed(0, () => Promise.resolve('seeded'));
  const plain = await statementsOf(dataSource, () =>
    store.apply(0, batch(2, { a: 1, [hour('a')]: 1 })),
  );
  expect(plain).toHaveLength(1);
  expect(plain[0]).toMatch(/BEGIN NOT ATOMIC/);
});
