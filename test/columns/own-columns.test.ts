import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Article, databaseOf, Document, Download, ENGINES, Page, start } from './applications.js';
import type { Engine, Started } from './applications.js';

const UUID = '6f1c2a34-9b1d-4e5f-8a6b-0c1d2e3f4a5b';
const OTHER_UUID = '00000000-0000-4000-8000-000000000000';
const LONG = '9007199254740993';
/** Behind a second that databases would write anew. */
const LONG_AGO = new Date('2020-02-02T02:02:02Z');

/** A trigger that keeps article 13 as it is. */
const TRIGGERS: Readonly<Record<Engine, string[]>> = {
  postgres: [
    `CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = 13 THEN RAISE EXCEPTION 'no luck with 13'; END IF; RETURN NEW; END $$`,
    'CREATE TRIGGER unlucky BEFORE UPDATE ON article FOR EACH ROW EXECUTE FUNCTION unlucky()',
  ],
  mariadb: [
    `CREATE TRIGGER unlucky BEFORE UPDATE ON article FOR EACH ROW
      IF NEW.id = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no luck with 13'; END IF`,
  ],
  sqljs: [
    `CREATE TRIGGER unlucky BEFORE UPDATE ON article WHEN NEW.id = 13
      BEGIN SELECT RAISE(ABORT, 'no luck with 13'); END`,
  ],
};

describe.each(ENGINES)('own columns on %s', (engine) => {
  let started: Started;
  beforeAll(async () => {
    started = await start(await databaseOf(engine));
  });
  afterAll(() => started.close());
  beforeEach(async () => {
    started.missed.length = 0;
    started.refused.length = 0;
    for (const entity of [Article, Page, Document, Download]) {
      await started.dataSource.getRepository(entity).clear();
    }
  });

  const insert = (entity: new () => object, ...rows: object[]) =>
    started.dataSource.getRepository(entity).insert(rows);
  const columnOf = async (
    entity: new () => object,
    key: object,
  ): Promise<Record<string, unknown>> =>
    (await started.dataSource.getRepository(entity).findOneByOrFail(key)) as Record<
      string,
      unknown
    >;
  const views = async (id: number): Promise<unknown> => (await columnOf(Article, { id })).views;

  test('get what the counters get, whatever the key is', async () => {
    const { counters } = started;
    await insert(Article, { id: 1, views: null, updatedAt: LONG_AGO }, { id: -2, views: 5 });
    await insert(Page, { slug: 'größe' }, { slug: "it's" }, { slug: 'about' });
    await insert(Document, { id: UUID });
    await insert(Download, { id: LONG });
    await Promise.all([
      counters.incr('articles:1:views', 3),
      counters.incr('articles:-2:views'),
      counters.incr('articles:1:likes', 2n ** 53n + 1n),
      counters.incr('hits:größe', 2),
      counters.incr("hits:it's", 4),
      counters.incr('hits:about'),
      counters.incr(`reads:${UUID}`, 7),
      counters.incr(`downloads:${LONG}`, 9),
      counters.incr('something else'),
    ]);
    await counters.flush();
    const article = await columnOf(Article, { id: 1 });
    expect(article).toMatchObject({ views: 3, updatedAt: LONG_AGO });
    expect(String(article.likes)).toBe(engine === 'sqljs' ? '9007199254740992' : LONG);
    expect(await views(-2)).toBe(6);
    expect(await columnOf(Page, { slug: 'größe' })).toMatchObject({ hits: 2 });
    expect(await columnOf(Page, { slug: "it's" })).toMatchObject({ hits: 4 });
    expect(await columnOf(Page, { slug: 'about' })).toMatchObject({ hits: 1 });
    expect(await columnOf(Document, { id: UUID })).toMatchObject({ reads: 7 });
    const [download] = await started.dataSource.getRepository(Download).find();
    expect(String(download?.total)).toBe('9');
    expect([...started.missed, ...started.refused]).toEqual([]);
  });

  test('follow set(), reset() and delete(), and go down', async () => {
    const { counters } = started;
    await insert(Article, { id: 21, views: 0 }, { id: 22, views: 0 });
    await counters.incr('articles:21:views', 10);
    await counters.flush();
    await counters.set('articles:21:views', 4);
    await counters.set('articles:22:views', 8);
    await counters.flush();
    expect([await views(21), await views(22)]).toEqual([4, 8]);
    await counters.incr('articles:21:views', -3);
    await counters.delete('articles:22:views');
    await counters.flush();
    expect([await views(21), await views(22)]).toEqual([1, 0]);
    await counters.reset('articles:21:views');
    await counters.flush();
    expect(await views(21)).toBe(0);
  });

  test('miss rows that are not there, whatever names say, and the counters count', async () => {
    const { counters, missed } = started;
    await insert(Article, { id: 31, views: 0 });
    await insert(Page, { slug: 'about' });
    const wrong = {
      'Article.views': [
        ...['404', 'abc', '031', '31.0', '3e1', '+31', '-0', '2147483648', '99999999999999999999'],
        ...[' 31', "31' OR '1'='1", '31;', '١', '0x1F', 'null'],
      ].map((id) => `articles:${id}:views`),
      'Page.hits': ['ABOUT', 'about ?', "' OR 1=1 --", 'ab%', '\\', '{}', '😀'].map(
        (it) => `hits:${it}`,
      ),
      'Document.reads': [OTHER_UUID, UUID.toUpperCase(), 'not-a-uuid'].map((it) => `reads:${it}`),
      'Download.total': ['9223372036854775808', '1'].map((it) => `downloads:${it}`),
    };
    const names = Object.values(wrong).flat();
    await counters.incrMany([...names, 'articles:31:views'].map((name) => ({ name })));
    await counters.flush();
    const told = Object.fromEntries(
      Object.keys(wrong).map((column) => [
        column,
        missed.filter((it) => it.column === column).flatMap((it) => it.counters),
      ]),
    );
    for (const [column, all] of Object.entries(wrong)) {
      expect(told[column]?.toSorted(), column).toEqual(all.toSorted());
    }
    expect(started.refused).toEqual([]);
    expect(await counters.getCounts(names)).toEqual(names.map(() => 1));
    expect((await counters.list({ limit: 100, bigint: true })).map(({ name }) => name)).toEqual(
      expect.arrayContaining(names),
    );
    expect(await views(31)).toBe(1);
    expect(await columnOf(Page, { slug: 'about' })).toMatchObject({ hits: 0 });
  });

  test.skipIf(engine === 'sqljs')('stay as they are where the sum leaves their range', async () => {
    const { counters, refused } = started;
    await insert(Article, { id: 41, views: 2_147_483_000 }, { id: 42, views: 0 });
    await insert(Page, { slug: 'low', hits: -32_000 });
    await counters.incr('articles:41:views', 1000);
    await counters.incr('articles:42:views', 2 ** 33);
    await counters.incr('hits:low', -1000);
    await counters.flush();
    expect([await views(41), await views(42)]).toEqual([2_147_483_000, 0]);
    expect(await columnOf(Page, { slug: 'low' })).toMatchObject({ hits: -32_000 });
    expect(refused.flatMap((it) => it.counters).toSorted()).toEqual([
      ...['articles:41:views', 'articles:42:views', 'hits:low'],
    ]);
    expect(refused[0]?.error).toMatch(/range/);
    expect(await counters.getCount('articles:42:views')).toBe(2 ** 33);
    const { problems } = await counters.status();
    expect(problems.map(({ code }) => code)).toContain('FC-COLUMNS');
  });

  test('do not keep the counters from the database where a row is refused', async () => {
    const { counters, refused, dataSource } = started;
    const ids = Array.from({ length: 40 }, (_, i) => i + 1);
    await insert(Article, ...ids.map((id) => ({ id, views: 0 })));
    for (const sql of TRIGGERS[engine]) await dataSource.query(sql);
    await counters.incrMany(ids.map((id) => ({ name: `articles:${id}:views`, delta: 2 })));
    await counters.incr('articles:13:likes');
    await counters.flush();
    const rows = await dataSource.getRepository(Article).find({ order: { id: 'ASC' } });
    expect(rows.map((row) => row.views)).toEqual(ids.map((id) => (id === 13 ? 0 : 2)));
    const told = refused.map(({ column, counters: of, error }) => ({
      column,
      counters: of,
      error,
    }));
    expect(told).toContainEqual({
      ...{ column: 'Article.views', counters: ['articles:13:views'] },
      error: expect.stringContaining('no luck with 13') as string,
    });
    expect(told.flatMap((it) => it.counters).toSorted()).toEqual([
      ...['articles:13:likes', 'articles:13:views'],
    ]);
    expect(await counters.list({ prefix: 'articles:13' })).toMatchObject([
      { name: 'articles:13:likes', value: 1 },
      { name: 'articles:13:views', value: 2 },
    ]);
    await dataSource.query(`DROP TRIGGER unlucky${engine === 'postgres' ? ' ON article' : ''}`);
  });

  test('do not keep the counters from the database where the table is gone', async () => {
    const { counters, refused, dataSource } = started;
    await dataSource.query('ALTER TABLE page RENAME TO elsewhere');
    await counters.incr('hits:about');
    await counters.flush();
    await dataSource.query('ALTER TABLE elsewhere RENAME TO page');
    expect(refused).toMatchObject([{ column: 'Page.hits', counters: ['hits:about'] }]);
    expect(await counters.list({ prefix: 'hits:about', limit: 1 })).toHaveLength(1);
  });
});
