import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { get, post, remove } from './requests.js';
import { SampleProcess } from './sample-process.js';

let sample: SampleProcess;
let url: string;

beforeAll(async () => {
  sample = await SampleProcess.start({
    REDIS_URL: inject('redisUrl'),
    DATABASE_URL: await createDatabase(inject('databaseUrl')),
    NAMESPACE: `sample-${randomUUID()}`,
  });
  url = `${sample.url}/counters`;
});
afterAll(() => sample.stop());

it('reads a counter that was never used as 0, and a deleted one too', async () => {
  expect(await get(`${url}/fresh`)).toMatchObject({ body: { name: 'fresh', value: 0 } });
  await post(`${url}/fresh/incr`);
  expect(await get(`${url}/fresh`)).toMatchObject({ body: { value: 1 } });
  expect(await remove(`${url}/fresh`)).toMatchObject({ status: 204 });
  expect(await get(`${url}/fresh`)).toMatchObject({ body: { value: 0 } });
});

it('answers a number as long as it is exact, else a string of digits', async () => {
  await post(`${url}/large/incr`, { delta: Number.MAX_SAFE_INTEGER });
  expect(await get(`${url}/large`)).toMatchObject({ body: { value: 9007199254740991 } });
  await post(`${url}/large/incr`, { delta: '2' });
  expect(await get(`${url}/large`)).toMatchObject({ body: { value: '9007199254740993' } });
});

describe('an import', () => {
  it('adds to ten thousand counters', async () => {
    const increments = Array.from({ length: 10_000 }, (_, index) => ({
      name: `import:${index}`,
      delta: index + 1,
    }));
    expect(await post(`${url}/import`, { increments })).toMatchObject({ status: 204 });
    expect(await get(`${url}/import:9999`)).toMatchObject({ body: { value: 10_000 } });
  });

  it('adds up what is for the same counter', async () => {
    const increments = [
      { name: 'sum', delta: 5 },
      { name: 'sum' },
      { name: 'nothing' },
      { name: 'nothing', delta: -1 },
    ];
    expect(await post(`${url}/import`, { increments })).toMatchObject({ status: 204 });
    expect(await get(`${url}/sum`)).toMatchObject({ body: { value: 6 } });
    expect(await get(`${url}/nothing`)).toMatchObject({ body: { value: 0 } });
  });

  it('counts once per idempotency key, however often it is sent', async () => {
    const increments = [{ name: 'once', delta: 2 }, { name: 'once' }, { name: 'once:too' }];
    const key = { 'Idempotency-Key': randomUUID() };
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await post(`${url}/import`, { increments }, key)).toMatchObject({ status: 204 });
    }
    expect(await get(`${url}/once`)).toMatchObject({ body: { value: 3 } });
    expect(await get(`${url}/once:too`)).toMatchObject({ body: { value: 1 } });
  });
});
