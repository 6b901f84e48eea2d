import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { get, request } from './requests.js';

/** The built sample application, within the test: so it lives in the time of the test. */
const built = (file: string): Promise<Record<string, unknown>> =>
  import(/* @vite-ignore */ new URL(`../../sample-app/dist/${file}.js`, import.meta.url).href);

let app: NestExpressApplication;
let url: string;
let monthEnd: { close(): Promise<void> };

beforeAll(async () => {
  const { AppModule } = (await built('app.module')) as {
    AppModule: { forRoot(environment: object): never };
  };
  const { configureHttp } = (await built('configure-http')) as {
    configureHttp: (app: NestExpressApplication) => void;
  };
  const { MonthEnd } = (await built('billing/month-end')) as { MonthEnd: never };
  app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot({
      databaseUrl: await createDatabase(inject('databaseUrl')),
      ...{ namespace: `sample-${randomUUID()}`, workers: true, updateInterval: 200 },
    }),
    { logger: false, abortOnError: false },
  );
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  monthEnd = app.get(MonthEnd);
  clock('2026-09-20T12:00:00Z');
});
afterAll(async () => {
  vi.useRealTimers();
  await app.close();
});

const clock = (now: string) => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });

/** An invoice that is final within some seconds: as soon as the process has said that it holds nothing from before. */
async function finalInvoice(tenant: string, month: string): Promise<Record<string, unknown>> {
  await expect
    .poll(() => monthEnd.close().then(() => invoice(tenant, month)))
    .toMatchObject({ final: true });
  return invoice(tenant, month);
}

/** Status of so many calls of a tenant, one after the other. */
async function calls(tenant: string, number = 1): Promise<number[]> {
  const answers = Array.from({ length: number }, () =>
    request('POST', `${url}/texts/words`, { text: 'one' }, { 'X-API-Key': tenant }),
  );
  return (await Promise.all(answers)).map(({ status }) => status);
}

const correct = (tenant: string, body: object) =>
  request('POST', `${url}/tenants/${tenant}/corrections`, body);
const usage = async (tenant: string) => (await get(`${url}/tenants/${tenant}/usage`)).body;
const invoice = async (tenant: string, month: string) =>
  (await get(`${url}/tenants/${tenant}/invoice?month=${month}`)).body as Record<string, unknown>;

it('refuses calls beyond the plan, or bills them', async () => {
  // what was used before, so that the test need not call so often
  const before = { month: '2026-09', reason: 'moved from the old system', by: 'ada' };
  await correct('acme', { ...before, calls: 999, ticket: 'move-1' });
  await correct('globex', { ...before, calls: 12_400, ticket: 'move-2' });
  await expect.poll(() => usage('globex')).toMatchObject({ used: 12_400 });
  expect((await calls('acme', 3)).sort()).toEqual([200, 429, 429]);
  expect(await usage('acme')).toEqual({
    ...{ tenant: 'acme', plan: 'free', included: 1_000, used: 1_000, remaining: 0, overage: 0 },
    resetsAt: '2026-10-01T00:00:00.000Z',
  });
  expect(await calls('globex')).toEqual([200]);
  expect(await usage('globex')).toMatchObject({ plan: 'pro', remaining: 0, overage: 2_401 });
  const page = await fetch(`${url}/tenants/globex`);
  expect(page.headers.get('content-type')).toContain('text/html');
  const text = await page.text();
  expect(text).toContain('12,401 of 10,000 calls are used');
  expect(text).toContain('2,401 calls are beyond these');
});

it('prints an invoice that is preliminary, then final, and says what was corrected since', async () => {
  const preliminary = await invoice('globex', '2026-09');
  expect(preliminary).toMatchObject({
    ...{
      tenant: 'globex',
      plan: 'pro',
      calls: 12_401,
      currency: 'EUR',
      amount: 2_150,
      final: false,
    },
    ...{ from: '2026-09-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' },
    ...{ asOf: '2026-09-20T12:00:00.000Z', corrections: [], corrected: 0 },
    lines: [
      { text: 'Plan pro, 10000 calls included', quantity: 1, price: 2_000, amount: 2_000 },
      { text: 'Further calls, per 1,000', quantity: 3, price: 50, amount: 150 },
    ],
  });
  expect(preliminary).not.toHaveProperty('finalSince');
  clock('2026-10-01T00:59:59Z');
  await monthEnd.close();
  expect(await invoice('globex', '2026-09')).toMatchObject({ final: false });
  clock('2026-10-01T01:00:00Z');
  const final = await finalInvoice('globex', '2026-09');
  expect(final).toMatchObject({
    amount: 2_150,
    final: true,
    finalSince: expect.any(String) as string,
  });
  expect(final).not.toHaveProperty('asOf');
  await calls('globex');
  await monthEnd.close();
  expect(await invoice('globex', '2026-09')).toEqual(final);
  expect(await invoice('globex', '2026-10')).toMatchObject({
    calls: 1,
    amount: 2_000,
    final: false,
  });

  vi.useRealTimers();
  const wrong = { calls: -1_000, reason: 'load test', by: 'ada', ticket: 'ticket-17' };
  const answers = [
    await correct('globex', { month: '2026-09', ...wrong }),
    await correct('globex', { month: '2026-09', ...wrong }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  expect(await invoice('globex', '2026-09')).toMatchObject({
    ...{ calls: 11_401, amount: 2_100, corrected: -50, final: true, finalSince: final.finalSince },
    corrections: [{ calls: -1_000, reason: 'load test', by: 'ada' }],
  });
});

it('bills months that begin on the day of the contract, in the time zone of the tenant', async () => {
  clock('2026-10-17T03:59:59Z');
  await calls('initech');
  clock('2026-10-17T04:00:00Z');
  await calls('initech', 2);
  expect(await usage('initech')).toMatchObject({ used: 2, resetsAt: '2026-11-17T05:00:00.000Z' });
  await monthEnd.close();
  expect(await invoice('initech', '2026-09')).toMatchObject({ calls: 1, final: false });
  clock('2026-10-18T01:00:00Z');
  expect(await finalInvoice('initech', '2026-09')).toMatchObject({
    ...{ plan: 'enterprise', calls: 1, amount: 50_000, final: true },
    ...{ from: '2026-09-17T04:00:00.000Z', to: '2026-10-17T04:00:00.000Z' },
  });
  expect(await invoice('initech', '2026-10')).toMatchObject({ calls: 2, final: false });
});

it('says what is wrong with a request', async () => {
  const wrong = async (path: string, body?: object) => {
    const answer = await request(body ? 'POST' : 'GET', `${url}/tenants/${path}`, body);
    return [answer.status, JSON.stringify(answer.body)] as const;
  };
  const cases = [
    await wrong('globex/invoice?month=2026-13'),
    await wrong('globex/invoice'),
    await wrong('no%20tenant/usage'),
    await wrong('globex/corrections', {
      month: '2026-09',
      calls: 0,
      reason: '',
      by: 'a',
      ticket: 'b',
    }),
  ];
  expect(cases.map(([status]) => status)).toEqual([400, 400, 400, 400]);
  expect(cases[0]?.[1]).toContain('month must be such as 2026-10');
});
