import { describe, expect, test } from 'vitest';
import { batch, databaseWith, rows, stores } from './databases.js';

const NAMES = [
  'A',
  'B',
  'Z',
  'a',
  'b',
  'z',
  'ß',
  'á',
  'ﬀ',
  '0',
  '10',
  '2',
  '_',
  'a b',
  'a-b',
  'aß',
  'ass',
];
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

// level1 tells neither case nor accents apart when it sorts
describe.each([
  ['C', `LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'`],
  ['ICU en-US', `LOCALE_PROVIDER icu ICU_LOCALE 'en-US' ENCODING 'UTF8'`],
  [
    'ICU without case and accents',
    `LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level1' ENCODING 'UTF8'`,
  ],
])('in a database with collation %s', (_case, clause) => {
  test('names are told apart and ordered byte for byte', async () => {
    const { stores: all, dataSource } = await stores(1, { url: await databaseWith(clause) });
    const [store] = all;
    if (store === undefined) throw new Error('no store');
    const deltas = Object.fromEntries(NAMES.map((name, index) => [`n:${name}`, index + 1]));
    await store.apply(0, batch(1, deltas));
    await store.apply(0, batch(2, { 'n:a': 100 }));

    const names = NAMES.map((name) => `n:${name}`).sort(byBytes);
    const value = (name: string): string =>
      String(BigInt(deltas[name] ?? 0) + (name === 'n:a' ? 100n : 0n));
    expect(new Map(await rows(dataSource))).toEqual(
      new Map(names.map((name) => [name, value(name)])),
    );
    const { values } = await store.read(names, [0]);
    expect(values).toEqual(new Map(names.map((name) => [name, value(name)])));

    const query = { order: 'name', direction: 'asc', limit: 5, prefix: 'n:' } as const;
    const listed: string[] = [];
    for (;;) {
      const last = listed.at(-1);
      const after = last === undefined ? undefined : { name: last, value: 0n };
      const page = await store.list({ ...query, after });
      if (page.length === 0) break;
      listed.push(...page.map(({ name }) => name));
    }
    expect(listed).toEqual(names);
    const prefixed = await store.list({ ...query, prefix: 'n:a' });
    expect(prefixed.map(({ name }) => name)).toEqual(['n:a', 'n:a b', 'n:a-b', 'n:ass', 'n:aß']);

    await store.apply(0, batch(3, { 'n:A': -1 }, ['n:A']));
    expect((await store.read(['n:A', 'n:a'], [])).values).toEqual(new Map([['n:a', value('n:a')]]));
  });
});
