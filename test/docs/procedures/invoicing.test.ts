import { randomUUID } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClosedUsage,
  CounterService,
  FastCounterModule,
  type LateCount,
  MeteringService,
  type OwnWindow,
  type QuotaWindow,
} from 'nestjs-fastcounter';
import { afterEach, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { newDatabase, typeOrm } from '../../support/surroundings.js';
import { functionsOf } from './page.js';

type Asked = [MeteringService, string, QuotaWindow, Date];

interface Invoice {
  used: number;
  invoiced: number;
  final: boolean;
  finalSince?: Date;
  corrections: { delta: number; by: string }[];
}

interface Page {
  lastOne: (metering: MeteringService, name: string, window: QuotaWindow) => Promise<Date>;
  closeWhenComplete: (...asked: Asked) => Promise<ClosedUsage | undefined>;
  closeLastOne: (
    metering: MeteringService,
    name: string,
    window: QuotaWindow,
  ) => Promise<ClosedUsage | undefined>;
  finalUsage: (...asked: Asked) => AsyncIterable<{ tenant: string; used: number }>;
  invoiceOf: (...asked: [...Asked, tenant: string]) => Promise<Invoice>;
  lateUsage: (...asked: Asked) => AsyncIterable<LateCount>;
  correctInvoice: (
    metering: MeteringService,
    name: string,
    of: { window: QuotaWindow; at: Date; tenant: string },
    correction: { delta: number; ticket: string; reason: string; by: string },
  ) => Promise<{ made: boolean; after: number }>;
  monthOf: (plan: { billingDay: number; timeZone: string }) => OwnWindow;
}

const DAY = 86_400_000;
/** In a month that is over, whatever day it is, and within `windows.acceptPast`. */
const at = new Date(Date.now() - 32 * DAY);

let producer: INestApplicationContext;
let billing: INestApplicationContext;

@Module({})
class ApplicationModule {}

beforeAll(async () => {
  const database = typeOrm(await newDatabase());
  const counts = FastCounterModule.forRoot({
    ...{ redis: inject('redisUrl'), namespace: `test-${randomUUID().slice(0, 8)}` },
    ...{ updateInterval: 200, windows: { late: 'next' } },
  });
  const start = () =>
    NestFactory.createApplicationContext(
      { module: ApplicationModule, imports: [database, counts] },
      { logger: false, abortOnError: false },
    );
  [producer, billing] = [await start(), await start()];
  return async () => {
    await billing.close();
    await producer.close();
  };
});

afterEach(() => {
  vi.useRealTimers();
});

/** Calls again and again, until it is stopped. */
function calling(call: () => Promise<void>) {
  const load = { calls: 0, isStopped: false };
  const run = async (): Promise<void> => {
    for (; !load.isStopped; load.calls++) await call();
  };
  const running = run();
  running.catch(() => undefined);
  return {
    get calls() {
      return load.calls;
    },
    stop: () => {
      load.isStopped = true;
      return running;
    },
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Within some seconds: processes say every ten seconds that they hold nothing from before, and may have said so by the clock of a test. */
async function closedOf(page: Page, asked: Asked): Promise<ClosedUsage | undefined> {
  await expect.poll(() => page.closeWhenComplete(...asked)).toBeDefined();
  return page.closeWhenComplete(...asked);
}

const pageOf = async (): Promise<Page> => (await functionsOf('invoicing')) as unknown as Page;

const meteringOf = (app: INestApplicationContext) => app.get(MeteringService);

describe('invoices', () => {
  test('are the same whenever they are run, while usage comes late, and say what was corrected', async () => {
    const page = await pageOf();
    const metering = meteringOf(billing);
    const name = 'api.calls';
    const month: Asked = [metering, name, 'month', at];
    const use = (tenant: string, delta: number, when = at) =>
      meteringOf(producer).record(name, delta, {
        dimensions: { tenant },
        windows: ['month'],
        at: when,
      });
    await Promise.all([use('acme', 100), use('globex', 5)]);
    const before = await page.invoiceOf(...month, 'acme');
    expect(before).toMatchObject({ used: 100, final: false, asOf: expect.any(Date) as Date });
    await expect(all(page.finalUsage(...month))).rejects.toThrow('api.calls is not closed yet');
    expect(await page.closeWhenComplete(metering, name, 'month', new Date())).toBeUndefined();

    // all the time, from before the closing to behind it
    const load = calling(() => use('busy', 1));
    onTestFinished(() => load.stop());
    await expect.poll(() => load.calls).toBeGreaterThan(20);
    const closed = await closedOf(page, month);
    const exported = await all(page.finalUsage(...month));
    const busy = exported.find(({ tenant }) => tenant === 'busy')?.used ?? 0;
    expect(exported).toEqual([
      { tenant: 'acme', used: 100 },
      { tenant: 'busy', used: busy },
      { tenant: 'globex', used: 5 },
    ]);
    const { calls } = load;
    await expect.poll(() => load.calls).toBeGreaterThan(calls + 20);
    await use('acme', 7);
    await load.stop();
    const sent = load.calls;
    expect(await page.closeWhenComplete(...month)).toEqual(closed);
    expect(await all(page.finalUsage(...month))).toEqual(exported);
    const printed = await page.invoiceOf(...month, 'busy');
    expect(printed).toMatchObject({ used: busy, final: true, finalSince: closed?.closedAt });

    // what came too late is on the next invoice, once
    await producer.get(CounterService).flush();
    const late = new Map<string, bigint>();
    for (const { dimensions, delta } of await all(page.lateUsage(...month))) {
      const { tenant = '' } = dimensions;
      late.set(tenant, (late.get(tenant) ?? 0n) + delta);
    }
    expect(Object.fromEntries(late)).toEqual({ acme: 7n, busy: BigInt(sent - busy) });
    const now = new Date();
    await expect
      .poll(() => page.invoiceOf(metering, name, 'month', now, 'busy'))
      .toMatchObject({ used: sent - busy, final: false });
    expect(await metering.total(name, { tenant: 'busy' })).toBe(sent);

    const acme = { window: 'month', at, tenant: 'acme' } as const;
    const why = { delta: -30, ticket: 'ticket-17', reason: 'load test', by: 'ada' };
    expect(await page.correctInvoice(metering, name, acme, why)).toMatchObject({ made: true });
    expect(await page.correctInvoice(metering, name, acme, why)).toMatchObject({ made: false });
    const invoice = await page.invoiceOf(...month, 'acme');
    expect(invoice).toMatchObject({
      ...{ used: 70, invoiced: 100, final: true, finalSince: closed?.closedAt },
      corrections: [{ delta: -30, by: 'ada', reason: 'load test' }],
    });
    expect(await page.invoiceOf(...month, 'globex')).toMatchObject({ used: 5, corrections: [] });
    await metering.erase({ dimensions: { tenant: 'acme' } });
    expect(await page.invoiceOf(...month, 'acme')).toEqual(invoice);
  });

  test('of months of tenants’ own are those of all who begin with the same date', async () => {
    const page = await pageOf();
    const metering = meteringOf(billing);
    const name = 'images';
    const clock = (now: string) => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });
    const inBerlin = page.monthOf({ billingDay: 17, timeZone: 'Europe/Berlin' });
    const inNewYork = page.monthOf({ billingDay: 17, timeZone: 'America/New_York' });
    const take = (tenant: string, window: OwnWindow, delta: number) =>
      metering.consume(name, { limit: Infinity, window, delta, dimensions: { tenant } });
    clock('2026-09-20T12:00:00Z');
    await take('acme', inBerlin, 12);
    await take('globex', inNewYork, 30);
    await take('other', page.monthOf({ billingDay: 18, timeZone: 'UTC' }), 1);
    clock('2026-10-17T12:00:00Z');
    const last = await page.lastOne(metering, name, inBerlin);
    expect(last).toEqual(new Date(Date.parse('2026-10-16T22:00:00Z') - 1));
    const month: Asked = [metering, name, inBerlin, last];
    expect(await page.closeLastOne(metering, name, inBerlin)).toBeUndefined();
    clock('2026-10-18T01:00:00Z');
    await expect.poll(() => page.closeLastOne(metering, name, inBerlin)).toBeDefined();
    const closed = await page.closeWhenComplete(...month);
    expect(await page.closeLastOne(metering, name, inBerlin)).toEqual(closed);
    expect(await all(page.finalUsage(...month))).toEqual([
      { tenant: 'acme', used: 12 },
      { tenant: 'globex', used: 30 },
    ]);
    vi.useRealTimers();
    const of = { window: inNewYork, at: new Date('2026-10-01'), tenant: 'globex' };
    const why = { delta: -10, ticket: 'ticket-18', reason: 'outage', by: 'ada' };
    await page.correctInvoice(metering, name, of, why);
    expect(await page.invoiceOf(metering, name, inNewYork, of.at, 'globex')).toMatchObject({
      ...{ used: 20, invoiced: 30, final: true, finalSince: closed?.closedAt },
    });
  });
});
