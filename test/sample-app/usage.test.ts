import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { request } from './requests.js';
import { SampleProcess } from './sample-process.js';

let sample: SampleProcess;

beforeAll(async () => {
  sample = await SampleProcess.start({
    REDIS_URL: inject('redisUrl'),
    DATABASE_URL: await createDatabase(inject('databaseUrl')),
    NAMESPACE: `sample-${randomUUID()}`,
  });
});
afterAll(() => sample.stop());

const as = (tenant: string, method: string, path: string, body?: unknown) =>
  request(method, `${sample.url}/${path}`, body, { 'X-API-Key': tenant });
const usage = async (tenant: string): Promise<unknown> => (await as(tenant, 'GET', 'usage')).body;

it('meters each tenant by endpoint and day, and leaves out what failed', async () => {
  const text = { text: 'one two  three' };
  expect(await as('acme', 'POST', 'texts/words', text)).toMatchObject({ body: { words: 3 } });
  await as('acme', 'POST', 'texts/words', text);
  expect(await as('acme', 'POST', 'texts/reverse', { text: 'abc' })).toMatchObject({
    body: { text: 'cba' },
  });
  expect(await as('acme', 'POST', 'texts/words', { text: 5 })).toMatchObject({ status: 400 });
  await as('globex', 'POST', 'texts/words', text);

  const today = new Date().toISOString().slice(0, 10);
  await expect
    .poll(() => usage('acme'))
    .toMatchObject({
      tenant: 'acme',
      calls: 3,
      endpoints: [
        { endpoint: 'words', calls: 2 },
        { endpoint: 'reverse', calls: 1 },
      ],
    });
  const { days } = (await usage('acme')) as { days: { day: string; calls: number }[] };
  expect(days.at(-1)).toEqual({ day: today, calls: 3 });
  expect(days).toHaveLength(new Date().getUTCDate());
  await expect.poll(() => usage('globex')).toMatchObject({ calls: 1 });
  expect(await usage('nobody')).toMatchObject({ calls: 0 });
});

it('tells how much of the month is left', async () => {
  const { headers } = await as('fresh', 'POST', 'texts/words', { text: '' });
  expect(headers.get('ratelimit-limit')).toBe('1000');
  expect(headers.get('ratelimit-remaining')).toBe('999');
});

it('knows nobody without an API key', async () => {
  expect(await request('GET', `${sample.url}/usage`)).toMatchObject({ status: 401 });
  expect(await as('no tenant!', 'POST', 'texts/words', { text: '' })).toMatchObject({
    status: 401,
  });
});
