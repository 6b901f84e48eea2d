import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readDocument } from '../docs/markdown.js';
import { createDatabase } from '../support/servers/postgres.js';
import { dataOf } from '../support/server-sent-events.js';
import { from, get, post, remove } from './requests.js';
import { SampleProcess } from './sample-process.js';

let sample: SampleProcess;
let url: string;
let database: pg.Client;

beforeAll(async () => {
  const databaseUrl = await createDatabase(inject('databaseUrl'));
  database = new pg.Client(databaseUrl);
  await database.connect();
  sample = await SampleProcess.start({
    REDIS_URL: inject('redisUrl'),
    DATABASE_URL: databaseUrl,
    NAMESPACE: `sample-${randomUUID()}`,
  });
  url = sample.url;
});
afterAll(async () => {
  await sample.stop();
  await database.end();
});

async function createArticle(title: string): Promise<number> {
  const { status, body } = await post(`${url}/articles`, { title, body: 'Text' });
  expect(status).toBe(201);
  return (body as { id: number }).id;
}

it('counts a view of each visitor when an article is read, and none when it is listed', async () => {
  const id = await createArticle('Viewed');
  for (const visitor of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    expect(await get(`${url}/articles/${id}`, from(visitor))).toMatchObject({ status: 200 });
  }
  await get(`${url}/articles`);

  await expect
    .poll(() => get(`${url}/articles?limit=1`))
    .toMatchObject({ body: [{ id, title: 'Viewed', views: 2, likes: 0 }] });
});

it('counts each article that was written, with its transaction', async () => {
  const written = () => get(`${url}/counters/articles:written`);
  const before = ((await written()).body as { value: number }).value;
  await database.query(`ALTER TABLE article ADD CHECK (title <> 'Refused')`);
  const refused = await post(`${url}/articles`, { title: 'Refused', body: 'Text' });
  expect(refused.status).toBe(500);
  await createArticle('Written');
  await expect.poll(written).toMatchObject({ body: { value: before + 1 } });
});

it('counts a like of each visitor, takes it back, and answers how many there are', async () => {
  const id = await createArticle('Liked');
  const like = async (visitor: string) =>
    (await post(`${url}/articles/${id}/like`, undefined, from(visitor))).body;
  const unlike = async (visitor: string) =>
    (await remove(`${url}/articles/${id}/like`, from(visitor))).body;
  expect(await like('192.0.2.1')).toEqual({ likes: 1 });
  expect(await like('192.0.2.1')).toEqual({ likes: 1 });
  expect(await like('192.0.2.2')).toEqual({ likes: 2 });
  expect(await unlike('192.0.2.1')).toEqual({ likes: 1 });
  expect(await unlike('192.0.2.1')).toEqual({ likes: 1 });
  expect(await get(`${url}/articles/${id}`)).toMatchObject({ body: { likes: 1 } });
});

it('tells live counts as they change', async () => {
  const id = await createArticle('Live');
  const watching = new AbortController();
  const { body } = await fetch(`${url}/articles/${id}/live`, { signal: watching.signal });
  const events = dataOf(body);
  expect(await events.next()).toMatchObject({ value: { views: 0, likes: 0 } });
  await post(`${url}/articles/${id}/like`);
  expect(await events.next()).toMatchObject({ value: { views: 0, likes: 1 } });
  watching.abort();
});

it('pages through the articles, the newest first', async () => {
  const first = await createArticle('First');
  const second = await createArticle('Second');
  expect(await get(`${url}/articles?limit=1`)).toMatchObject({ body: [{ id: second }] });
  expect(await get(`${url}/articles?limit=1&before=${second}`)).toMatchObject({
    body: [{ id: first }],
  });
});

it('ranks the articles by their persisted views', async () => {
  const popular = await createArticle('Popular');
  const other = await createArticle('Other');
  await post(`${url}/counters/import`, {
    increments: [
      { name: `article:views:${popular}`, delta: 1000 },
      { name: `article:views:${other}`, delta: 999 },
      { name: 'article:views:nothing', delta: 2000 },
    ],
  });
  await post(`${url}/counters/flush`);

  expect(await get(`${url}/leaderboard?limit=2`)).toMatchObject({
    body: [
      { id: popular, title: 'Popular', views: 1000 },
      { id: other, title: 'Other', views: 999 },
    ],
  });
});

it('ranks the articles by their views of this week, persisted or not', async () => {
  const popular = await createArticle('Popular this week');
  const other = await createArticle('Other of this week');
  // as of weeks before
  await post(`${url}/counters/article:views:${other}/incr`, { delta: 500 });
  for (const [id, visitors] of [
    [popular, ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']],
    [other, ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.3', '192.0.2.1']],
  ] as const) {
    for (const visitor of visitors) await get(`${url}/articles/${id}`, from(visitor));
  }
  await expect
    .poll(async () => (await get(`${url}/leaderboard/week?limit=2`)).body)
    .toEqual([
      { id: popular, title: 'Popular this week', views: 4 },
      { id: other, title: 'Other of this week', views: 3 },
    ]);
});

it('shows a page whose visitors move counters', async () => {
  const page = await fetch(url);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="(page\.[a-z]+)"/g)].map(([, file = '']) => file);
  expect(files.toSorted()).toEqual(['page.css', 'page.js']);
  for (const file of files) expect(await fetch(`${url}/${file}`)).toMatchObject({ status: 200 });

  const article = await createArticle('With visitors');
  expect(await post(`${url}/traffic`, { visitors: 200 })).toMatchObject({
    status: 200,
    body: { visitors: 200 },
  });
  const articles = (await get(`${url}/articles?limit=10`)).body as { id: number; views: number }[];
  const views = articles.find(({ id }) => id === article)?.views ?? 0;
  expect(views).toBeGreaterThan(0);
  const today = (await get(`${url}/leaderboard/today`)).body;
  expect(today).toContainEqual({ id: article, title: 'With visitors', views });
  expect(await post(`${url}/traffic`, { visitors: 0 })).toMatchObject({ status: 400 });
});

it('documents itself', async () => {
  const { body } = await get(`${url}/docs-json`);
  expect(body).toMatchObject({ paths: { '/leaderboard': { get: { responses: { 200: {} } } } } });
});

it('has all its addresses in its README', async () => {
  const { body } = await get(`${url}/docs-json`);
  const { paths } = body as { paths: Record<string, object> };
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // those for operators are no part of the documented API
  const others = ['/health', '/health/counts', '/metrics'];
  for (const path of others) expect(await fetch(url + path)).toMatchObject({ status: 200 });
  const listed = readDocument('sample-app/README.md').matchAll(/^\| `([A-Z]+ \/[^`?]*)[^`]*`/gm);
  expect(Array.from(listed, ([, address]) => address).sort()).toEqual(
    [...documented, ...others.map((path) => `GET ${path}`)].sort(),
  );
});
