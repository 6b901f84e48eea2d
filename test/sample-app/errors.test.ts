import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis, type RedisServer } from '../support/servers/redis.js';
import { get, post } from './requests.js';
import { SampleProcess } from './sample-process.js';

let redis: RedisServer;
let sample: SampleProcess;
let url: string;

beforeAll(async () => {
  redis = await startRedis();
  sample = await SampleProcess.start({
    REDIS_URL: redis.url,
    DATABASE_URL: await createDatabase(inject('databaseUrl')),
  });
  url = sample.url;
});
afterAll(async () => {
  await sample.stop();
  await redis.stop();
});

it('answers 400 to an invalid counter name', async () => {
  expect(await post(`${url}/counters/%20leading/incr`)).toMatchObject({
    status: 400,
    body: {
      statusCode: 400,
      code: 'INVALID_COUNTER_NAME',
      message: expect.stringContaining('" leading"') as string,
    },
  });
});

it.each([
  [
    'a delta beyond 64 bits',
    '/counters/a/incr',
    { delta: '9223372036854775808' },
    'INVALID_ARGUMENT',
  ],
  ['a fraction', '/counters/a/incr', { delta: 1.5 }, 'BAD_REQUEST'],
  ['zero', '/counters/a/incr', { delta: 0 }, 'BAD_REQUEST'],
  ['null', '/counters/a/incr', { delta: null }, 'BAD_REQUEST'],
  ['an unknown field', '/counters/a/incr', { detla: 1 }, 'BAD_REQUEST'],
  ['an import of nothing', '/counters/import', { increments: [] }, 'BAD_REQUEST'],
  ['an import without names', '/counters/import', { increments: [{ delta: 1 }] }, 'BAD_REQUEST'],
  ['an article without a title', '/articles', { body: 'Text' }, 'BAD_REQUEST'],
])('answers 400 to %s', async (_what, path, body, code) => {
  expect(await post(`${url}${path}`, body)).toMatchObject({
    status: 400,
    body: { statusCode: 400, code },
  });
});

it('answers 400 to an article id that is none', async () => {
  for (const id of ['x', '0', '1.5', '3000000000']) {
    expect(await get(`${url}/articles/${id}`)).toMatchObject({ status: 400 });
  }
});

it('answers 404 to an unknown article, and counts no like for it', async () => {
  const notFound = { status: 404, body: { statusCode: 404, code: 'NOT_FOUND' } };
  expect(await get(`${url}/articles/4711`)).toMatchObject(notFound);
  expect(await post(`${url}/articles/4711/like`)).toMatchObject(notFound);
  expect(await get(`${url}/counters/article:likes:4711`)).toMatchObject({ body: { value: 0 } });
});

it('answers 409 to an increment past 64 bits, which leaves the value where it was', async () => {
  const most = (2n ** 63n - 1n).toString();
  await post(`${url}/counters/full/incr`, { delta: most });
  expect(await post(`${url}/counters/full/incr`)).toMatchObject({
    status: 409,
    body: { statusCode: 409, code: 'COUNTER_OVERFLOW' },
  });
  expect(await get(`${url}/counters/full`)).toMatchObject({ body: { value: most } });
});

it('answers 409 to an idempotency key that comes again with another delta', async () => {
  const key = { 'Idempotency-Key': randomUUID() };
  const send = (delta: number) =>
    post(`${url}/counters/import`, { increments: [{ name: 'conflict', delta }] }, key);
  expect(await send(1)).toMatchObject({ status: 204 });
  expect(await send(2)).toMatchObject({
    status: 409,
    body: { statusCode: 409, code: 'IDEMPOTENCY_CONFLICT' },
  });
});

it('answers 503 with Retry-After while Redis does not answer, and serves again afterwards', async () => {
  redis.pause();
  try {
    const { status, headers, body } = await get(`${url}/counters/waiting`);
    expect(status).toBe(503);
    expect(body).toMatchObject({ statusCode: 503, code: 'CACHE_UNAVAILABLE' });
    expect(headers.get('Retry-After')).toMatch(/^\d+$/);
  } finally {
    redis.resume();
  }
  await expect.poll(async () => (await get(`${url}/counters/waiting`)).status).toBe(200);
});
