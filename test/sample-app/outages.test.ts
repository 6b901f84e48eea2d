import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPostgres, type PostgresServer } from '../support/servers/postgres.js';
import { startRedis, type RedisServer } from '../support/servers/redis.js';
import { from, get, post, request, type Answer } from './requests.js';
import { SampleProcess } from './sample-process.js';

let redis: RedisServer;
let postgres: PostgresServer;
let sample: SampleProcess;
let url: string;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  sample = await SampleProcess.start({
    REDIS_URL: redis.url,
    DATABASE_URL: await postgres.createDatabase(),
  });
  url = sample.url;
  await post(`${url}/articles`, { title: 'Liked', body: 'By many' });
  expect(await post(`${url}/articles/1/like`)).toMatchObject({ body: { likes: 1 } });
});
afterAll(async () => {
  await sample.stop();
  await Promise.all([redis.stop(), postgres.stop()]);
});

const INTERNAL =
  /127\.0\.0\.1|localhost|ECONN|:\d{4,5}\b|SELECT|INSERT|script|Redis|terminat|Error:/;

function expectNoInternals(answers: readonly Answer[]): void {
  for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(INTERNAL);
}

const fine = { status: 200 };

/** Status, code and whether the client is told to come again. */
const told = ({ status, headers, body }: Answer): unknown[] => [
  status,
  (body as { code: string }).code,
  headers.has('Retry-After'),
];

/** Those of the log since then that are lines of a stack. */
const stacksSince = (from: number): string[] =>
  sample.output
    .slice(from)
    .split('\n')
    .filter((line) => /^\s+at /.test(line));

describe('while Redis is away', () => {
  let answers: Record<'read' | 'usage' | 'counted' | 'keyed' | 'imported' | 'like', Answer>;
  let logged: number;

  beforeAll(async () => {
    logged = sample.output.length;
    const key = { 'Idempotency-Key': randomUUID() };
    const increments = [{ name: 'imported' }];
    await redis.kill();
    const [read, usage, counted, keyed, imported, like] = await Promise.all([
      get(`${url}/counters/away`),
      request('GET', `${url}/usage`, undefined, { 'X-API-Key': 'acme' }),
      post(`${url}/counters/away/incr`),
      post(`${url}/counters/keyed/incr`, { delta: 3 }, key),
      post(`${url}/counters/import`, { increments }, key),
      post(`${url}/articles/1/like`, undefined, from('192.0.2.7')),
    ]);
    answers = { read, usage, counted, keyed, imported, like };
    await redis.restart();
    await vi.waitFor(
      async () => expect(await get(`${url}/counters/away`)).toMatchObject(fine),
      60_000,
    );
    // the client does as it is told
    expect(await post(`${url}/counters/keyed/incr`, { delta: 3 }, key)).toMatchObject({
      status: 204,
    });
  });

  it('reads are answered with 503 and may be repeated', () => {
    expect(told(answers.read)).toEqual([503, 'CACHE_UNAVAILABLE', true]);
    expect(told(answers.usage)).toEqual([503, 'CACHE_UNAVAILABLE', true]);
  });

  it('what may have been counted is answered with 504, and nobody is told to repeat it', () => {
    expect(told(answers.counted)).toEqual([504, 'OUTCOME_UNKNOWN', false]);
    expect(answers.counted.body).toMatchObject({
      message: expect.stringContaining('look at the counter before you repeat') as string,
    });
  });

  it('with a key it may be repeated, and counts once', async () => {
    expect(told(answers.like)).toEqual([503, 'OUTCOME_UNKNOWN', true]);
    const again = post(`${url}/articles/1/like`, undefined, from('192.0.2.7'));
    expect(await again).toMatchObject({ body: { likes: 2 } });
    expect(told(answers.keyed)).toEqual([503, 'OUTCOME_UNKNOWN', true]);
    expect(told(answers.imported)).toEqual([503, 'OUTCOME_UNKNOWN', true]);
    await expect.poll(() => get(`${url}/counters/keyed`)).toMatchObject({ body: { value: 3 } });
  });

  it('no answer tells where Redis is, and no request has a stack in the log', () => {
    expectNoInternals(Object.values(answers));
    expect(stacksSince(logged)).toEqual([]);
  });
});

describe('while the database is away', () => {
  it('answers 503, and never that what writes may be repeated', async () => {
    const logged = sample.output.length;
    await postgres.kill();
    const reads = await Promise.all(
      ['counters/never-read', 'articles', 'articles/1', 'leaderboard'].map((path) =>
        get(`${url}/${path}`),
      ),
    );
    expect(reads.map(told)).toEqual(reads.map(() => [503, 'DATABASE_UNAVAILABLE', true]));
    const created = await post(`${url}/articles`, { title: 'Lost', body: 'Perhaps' });
    expect(told(created)).toEqual([503, 'DATABASE_UNAVAILABLE', false]);
    expect(await post(`${url}/counters/counted/incr`)).toMatchObject({ status: 204 });
    expectNoInternals([...reads, created]);
    expect(stacksSince(logged)).toEqual([]);

    await postgres.restart();
    await expect.poll(() => get(`${url}/articles`), { timeout: 60_000 }).toMatchObject(fine);
    await expect.poll(() => get(`${url}/counters/counted`)).toMatchObject({ body: { value: 1 } });
  });
});

describe('while the database stands still', () => {
  it('answers 503 after a while, also those who wait for a connection, and goes on afterwards', async () => {
    const logged = sample.output.length;
    postgres.freeze();
    // more than there are connections
    const paths = Array.from({ length: 12 }, (_, id) => `articles/${id + 1}`);
    const [created, list, ...reads] = await Promise.all([
      post(`${url}/articles`, { title: 'Lost', body: 'Perhaps' }),
      get(`${url}/articles`),
      ...paths.map((path) => get(`${url}/${path}`)),
    ]).finally(() => postgres.thaw());
    expect(told(created)).toEqual([503, 'DATABASE_UNAVAILABLE', false]);
    for (const read of [list, ...reads]) {
      expect(told(read)).toEqual([503, 'DATABASE_UNAVAILABLE', true]);
    }
    expectNoInternals([created, list, ...reads]);
    expect(stacksSince(logged)).toEqual([]);
    await expect.poll(() => get(`${url}/articles`), { timeout: 60_000 }).toMatchObject(fine);
    expect(await get(`${url}/articles/1`)).toMatchObject(fine);
  });
});

it('gives the shape of all errors to those of Express', async () => {
  const huge = { increments: [{ name: 'x'.repeat(11_000_000) }] };
  expect(await post(`${url}/counters/import`, huge)).toMatchObject({
    status: 413,
    body: { statusCode: 413, code: 'PAYLOAD_TOO_LARGE' },
  });
});
