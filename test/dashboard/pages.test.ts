import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { COUNTER_CACHE, type CounterCache } from '../../lib/index.js';
import { shortIds } from '../../lib/operating/short-ids.js';
import { root } from '../docs/markdown.js';
import { repeatedly } from '../support/repeatedly.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { open, startChromium, type Watched } from './chromium.js';
import { type Host, startHost } from './host.js';
import { cutTables, faults, focused, goTo, setHidden, widthOf } from './in-page.js';
import { startRewritingProxy } from './rewriting-proxy.js';
import { HOSTILE, seed } from './seeded.js';

const pictures = join(root, '.tmp', 'dashboard');
const PAGES = ['', 'counters', 'counter', 'metering', 'partitions', 'parked', 'events'];
const ARTICLE = 'views:a-short-history-of-counting';

interface Overview {
  status: Record<string, unknown>;
  lastKnown?: unknown;
}

describe('the dashboard, in a browser', () => {
  let browser: Browser;
  let proxy: TcpProxy;
  let host: Host;
  let shown: Watched;
  let page: Page;

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    proxy = await startTcpProxy(inject('redisUrl'));
    [browser, host] = await Promise.all([
      startChromium(),
      startHost({
        redis: proxy.url,
        counting: {
          updateInterval: 1_000,
          sweepInterval: 500,
          commandTimeout: 1_000,
          windows: {
            timeZone: 'Europe/Berlin',
            counters: [
              { prefix: 'views:', windows: ['minute', 'hour', 'day', 'month'] },
              { prefix: 'api.calls', windows: ['day', 'month'] },
            ],
          },
        },
        dashboards: [
          {
            path: 'ops/counters',
            guard: 'none',
            readOnly: false,
            access: () => 'operate',
            by: () => 'ann',
            quotas: [
              { name: 'api.calls', limit: 1_200, window: 'month', groupBy: 'tenant' },
              { name: 'likes:queues', limit: Infinity },
              { name: 'views:windows', limit: 100, window: 'hour' },
            ],
          },
        ],
        configure: (app) => app.setGlobalPrefix('v2'),
      }),
    ]);
    shown = await open(browser, `${host.url}/v2/ops/counters`);
    ({ page } = shown);
  });
  afterAll(async () => {
    await shown.close();
    await browser.close();
    await host.app.close();
    await proxy.stop();
  });

  const go = (place: string, on = page): Promise<void> => goTo(on, place);
  const text = (selector = 'main'): Promise<string> => page.locator(selector).innerText();
  const has = (words: string | RegExp): Promise<void> =>
    expect.poll(() => text(), { interval: 100 }).toMatch(words);
  const picture = (name: string, on = page): Promise<unknown> =>
    on.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const counterOf = (name: string): string => `counter?${new URLSearchParams({ name }).toString()}`;

  it('opens at its path, below a prefix, and says that all is well', async () => {
    expect(page.url()).toBe(`${host.url}/v2/ops/counters/`);
    await has(/^OK$/m);
    expect(await page.title()).toContain(host.namespace);
  });

  it.each([
    ['', /OK\s+Counts are accepted, persisted and intact/],
    ['counters', /No counter is persisted yet/],
    ['counters?prefix=none', /No persisted counter begins with this[^]*/],
    ['counters?view=top', /Nothing was counted per day/],
    ['counter', /Choose one among the counters/],
    ['counter?name=none', /Persisted\s+nothing\s+no row in the database[^]*not kept per hour/],
    ['metering', /No counter has dimensions/],
    ['parked', /Nothing is parked. This is the normal state/],
    ['events', /Nothing has happened since/],
  ])('says that there is nothing yet: %s', async (place, words) => {
    await go(place);
    await has(words);
  });

  describe('with counts', () => {
    beforeAll(() => seed(host));

    it('shows values that move while increments come in', async () => {
      await go(`${counterOf(ARTICLE)}&window=minute`);
      const total = page.locator('.tile .value').first();
      const numberOf = async (): Promise<number> =>
        Number((await total.innerText()).replaceAll(/\D/g, ''));
      const before = await numberOf();
      const bar = page.locator('.chart .full').last();
      const counting = repeatedly(async () => {
        await host.counters.incr(ARTICLE);
        await sleep(5);
      });
      await expect.poll(numberOf, { interval: 200 }).toBeGreaterThan(before + 50);
      const middle = await numberOf();
      await expect.poll(numberOf, { interval: 200 }).toBeGreaterThan(middle);
      await expect.poll(() => bar.locator('title').innerHTML()).toMatch(/: [1-9]/);
      await go('');
      const rate = page.locator('.tile .value').first();
      await expect
        .poll(async () => Number((await rate.innerText()).replaceAll(',', '')))
        .toBeGreaterThan(3);
      await picture('overview');
      // of the size that docs/dashboard.md shows
      await page.setViewportSize({ width: 940, height: 640 });
      await page.screenshot({ path: join(pictures, 'dashboard.png') });
      await page.setViewportSize({ width: 1280, height: 800 });
      await counting.stop();
      await host.counters.flush();
    });

    it('draws hours, days and months, with the zone, gaps and the window that is not over', async () => {
      for (const [window, bars] of [
        // at least: calendars have longer and shorter ones
        ['minute', 60],
        ['hour', 48],
        ['day', 31],
        ['month', 24],
      ] as const) {
        await go(`${counterOf(ARTICLE)}&window=${window}`);
        await has('Europe/Berlin');
        const drawn = page.locator('.chart > g > rect');
        await expect.poll(() => drawn.count()).toBeGreaterThanOrEqual(bars);
        expect(await page.locator('figure tbody tr').count()).toBe(await drawn.count());
        expect(await page.locator('figure tbody tr').first().innerText()).toContain('not over yet');
        expect(await page.locator('.chart .full').last().getAttribute('fill')).toMatch(/^url\(#/);
        await picture(`counter-${window}`);
      }
      const words = await page.getByRole('img').getAttribute('aria-label');
      expect(words).toMatch(/\d+ bars, the highest is .* with [\d,]+/);
    });

    it('finds counters by prefix, name, value and window, with exact totals', async () => {
      await go('counters');
      await page.getByLabel('Name begins with').fill('bytes:');
      await has('9,007,199,254,740,993');
      await page.getByLabel('Name begins with').fill('');
      await page.getByLabel('By value').check();
      await expect.poll(() => page.locator('tbody th').nth(1).innerText()).toBe(ARTICLE);
      await picture('counters');
      await page.getByLabel('Top of a window').check();
      await page.getByLabel('Month').check();
      await has('The present month');
      await expect.poll(() => page.locator('tbody th').first().innerText()).toBe(ARTICLE);
      await picture('top');
    });

    it('shows a hostile name as text, wherever it stands', async () => {
      for (const place of ['counters', counterOf(HOSTILE)]) {
        await go(place);
        await expect.poll(() => text()).toContain(HOSTILE);
        expect(await page.locator('main img, main script').count()).toBe(0);
      }
    });

    it('breaks a total down, with shares and the others, and shows quotas with their reset', async () => {
      await go('metering?name=api.calls&by=tenant&window=month');
      await has(/acme\s+1,000\s+[\d.]+ %/);
      await has(/Total\s+[\d,]+\s+100 %/);
      await has(/blue-harbour\s+1,9\d\d\s+1,200/);
      await has(/Everybody\s+80\s+none[^]*never/);
      await picture('metering');
      await page.locator('select').nth(1).selectOption('plan,tenant');
      await has(/pro · acme/);
    });

    it('shows each partition', async () => {
      await go('partitions');
      await expect.poll(() => page.locator('tbody tr').count()).toBe(5);
      await has(/counters\s*$/m);
      await picture('partitions');
    });
  });

  describe('with parked counts', () => {
    beforeAll(async () => {
      const cache = host.app.get<CounterCache>(COUNTER_CACHE);
      const later = { updateInterval: 3_600_000 };
      await host.counters.incrMany([
        ...[HOSTILE, 'likes:queues', 'likes:windows'].map((name) => ({
          name,
          delta: 12,
          ...later,
        })),
        { name: 'new:one', delta: 5, ...later },
      ]);
      for (let partition = 0; partition < 5; partition++) {
        const { fence = 0 } = await cache.sweep(partition);
        await cache.park(partition, undefined, fence + 1, 'parked');
      }
      const parcels = await host.parked.list();
      const names = shortIds(parcels.map(({ id }) => id));
      for (const { id } of parcels) {
        for await (const { name } of host.parked.entries(id)) {
          places.set(name, { id, short: names.get(id) ?? '' });
        }
      }
      for (const { id } of parcels) {
        if (![...places.values()].some((it) => it.id === id)) await host.parked.discard(id);
      }
    });
    const places = new Map<string, { id: string; short: string }>();
    const parcelOf = (name: string): string => places.get(name)?.id ?? '';
    const shortOf = (name: string): string => places.get(name)?.short ?? '';

    it('shows the incident, its parcels and entries, and marks the page in the navigation', async () => {
      await go('parked');
      await has('Redis went back in time');
      await expect.poll(() => text('nav')).toMatch(/Parked\s*!/);
      await page.getByRole('link', { name: shortOf(HOSTILE), exact: true }).click();
      await expect.poll(() => text()).toContain(HOSTILE);
      await go('events');
      await has(/Problem\s+parked/);
      await picture('events');
      await go('');
      await has('FC-PARKED');
      await has('What to do:');
      await picture('overview-degraded');
    });

    it('is operated by keyboard alone: from the start of the page to a replay', async () => {
      const id = shortOf('likes:queues');
      await go('');
      await page.reload();
      await has('FC-PARKED');
      const before = await host.counters.getCount('likes:queues');
      const press = async (key: string, to: RegExp): Promise<void> => {
        for (let presses = 0; presses < 60; presses++) {
          await page.keyboard.press(key);
          if (to.test(await focused(page))) return;
        }
        throw new Error(`${key} does not lead there`);
      };
      await press('Tab', /^Parked!?$/);
      await page.keyboard.press('Enter');
      await has(id);
      await press('Tab', new RegExp(`^${id}$`));
      await page.keyboard.press('Enter');
      await has(/Put aside/);
      await press('Tab', /^Select likes:queues$/);
      await page.keyboard.press('Space');
      await has('1 selected');
      await press('Tab', /^Replay: dry run$/);
      await page.keyboard.press('Enter');
      await has(/Dry run:\s+replay of 1 entry of 1 counter/);
      await picture('parked');
      expect(await host.counters.getCount('likes:queues')).toBe(before);
      const send = page.getByRole('button', { name: 'Replay 1 entry' });
      expect(await send.isDisabled()).toBe(true);
      await page.keyboard.type(id.slice(0, -1));
      expect(await send.isDisabled()).toBe(true);
      await page.keyboard.type(id.slice(-1));
      await page.keyboard.press('Tab');
      await page.keyboard.type('counted by hand');
      await page.keyboard.press('Enter');
      await has(/Replayed 1 entry/);
      expect(await host.counters.getCount('likes:queues')).toBe(before + 12);
    });

    it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const parcel = `parked?id=${parcelOf(HOSTILE)}`;
      const all = [...PAGES, counterOf(ARTICLE), 'counters?view=top', parcel];
      const places = colorScheme === 'light' ? all : ['', counterOf(ARTICLE), 'metering', parcel];
      for (const place of places) {
        await go(place);
        if (place === parcel) {
          await page.getByLabel('Select all that are shown').check();
          await page.getByRole('button', { name: 'Discard: dry run' }).click();
          await has(/Dry run:/);
        }
        // colours alone differ
        const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined;
        expect(await faults(page, rules), place).toEqual([]);
        if (place !== 'counter') await picture(`${colorScheme}-${/^\w*/.exec(place)?.[0] ?? ''}`);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    });

    it('fits a phone', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      for (const place of [
        ...PAGES,
        counterOf(ARTICLE),
        counterOf(HOSTILE),
        `parked?id=${parcelOf(HOSTILE)}`,
      ]) {
        await go(place);
        await sleep(100);
        expect(await widthOf(page), place).toBeLessThanOrEqual(360);
        // nothing is cut off that one has to read; the table of partitions may be scrolled
        if (place !== 'partitions') expect(await cutTables(page), place).toEqual([]);
        await picture(`phone-${place.replace(/\W.*/, '') || 'overview'}`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it('asks nobody else, and breaks no rule of its policy', () => {
      const { requests, complaints } = shown;
      expect(requests.length).toBeGreaterThan(50);
      expect(requests.filter((it) => !it.startsWith(`${host.url}/v2/ops/counters`))).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });

  it('of an embedded process says that there is no Redis', async () => {
    const embedded = await startHost({
      counting: { redis: undefined },
      dashboards: [{ path: 'counters', guard: 'none' }],
    });
    const watched = await open(browser, `${embedded.url}/counters/`);
    try {
      const shown = (): Promise<string> => watched.page.locator('main').innerText();
      await expect.poll(shown).toContain('this process counts embedded');
      expect(await shown()).toContain('Increments into memory');
      expect(await shown()).not.toMatch(/into Redis|from Redis/i);
    } finally {
      await watched.close();
      await embedded.app.close();
    }
  });

  it('works on Fastify, below a prefix and behind a proxy that rewrites paths, to the last write', async () => {
    const other = await startHost({
      platform: 'Fastify',
      counting: { updateInterval: 3_600_000, queue: { count: 1 } },
      dashboards: [
        {
          ...{ path: 'ops/counters', guard: 'none', publicPath: '/shop/numbers' },
          ...{ readOnly: false, access: () => 'operate' },
        },
      ],
      configure: (app) => app.setGlobalPrefix('v2'),
    });
    const rewriting = await startRewritingProxy('/shop/numbers', `${other.url}/v2/ops/counters`);
    const watched = await open(browser, rewriting.url);
    try {
      expect(watched.page.url()).toBe(`${rewriting.url}/`);
      const seen = (words: RegExp): Promise<void> =>
        expect.poll(() => watched.page.locator('main').innerText()).toMatch(words);
      await seen(/^OK$/m);
      await other.counters.incr('parked here', 4);
      const cache = other.app.get<CounterCache>(COUNTER_CACHE);
      const { fence = 0 } = await cache.sweep(0);
      await cache.park(0, undefined, fence + 1, 'parked');
      const [parcel] = await other.parked.list();
      const id = parcel?.id ?? '';
      await go(`parked?id=${encodeURIComponent(id)}`, watched.page);
      await watched.page.getByLabel('Select parked here').check();
      await watched.page.getByRole('button', { name: 'Discard: dry run' }).click();
      await watched.page.getByLabel(/^Type /).fill(shortIds([id]).get(id) ?? '');
      const [download] = await Promise.all([
        watched.page.waitForEvent('download'),
        watched.page.getByText('Save all entries as a file').click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^parked-.*\.json$/);
      await watched.page.getByRole('button', { name: 'Discard 1 entry' }).click();
      await seen(/Discarded 1 entry/);
      await seen(/Nothing is parked/);
      expect(watched.requests.filter((it) => !it.startsWith(rewriting.url))).toEqual([]);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
      await rewriting.stop();
      await other.app.close();
    }
  });

  describe('where something is away', () => {
    it('does not ask while it is hidden, and at once when it is seen again', async () => {
      await go('counters');
      await setHidden(page, true);
      await sleep(300);
      const before = shown.requests.length;
      await sleep(2_500);
      expect(shown.requests.length).toBe(before);
      await setHidden(page, false);
      await expect.poll(() => shown.requests.length, { timeout: 1_000 }).toBeGreaterThan(before);
    });

    it('shows last values in grey, with their age, while Redis is away, and all is well after', async () => {
      await go('partitions');
      await has(/Partition/);
      proxy.refuse(true);
      proxy.cut();
      await has(/A server does not answer\. What is shown is \d+ s old/);
      expect(await page.locator('.stale').count()).toBeGreaterThan(0);
      await go('');
      await has(/^DOWN$/m);
      await has('FC-REDIS-AWAY');
      await has(/Redis Answers\s+Fails/);
      await has(/as of \d+ s ago/);
      await picture('overview-down');
      await go(counterOf(ARTICLE));
      await has(/Not all of it can be read/);
      await go('parked');
      await has(/Redis|answer/);
      proxy.refuse(false);
      await go('');
      await expect.poll(() => text(), { timeout: 30_000 }).not.toContain('DOWN');
    });

    it('has a ? for what is unknown, and is not grey where the database alone is away', async () => {
      let change = (overview: Overview): Overview => overview;
      await page.route('**/api/overview', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: change((await response.json()) as Overview) });
      });
      change = ({ status, ...rest }) => {
        const cache = { answers: false, error: 'gone' };
        const partitions = [{ partition: 0 }];
        return { ...rest, lastKnown: undefined, status: { ...status, cache, partitions } };
      };
      await go('partitions');
      const row = page.locator('tbody tr').first();
      await expect
        .poll(async () => (await row.innerText()).split(/\s+/).slice(0, 7))
        .toEqual(['0', '?', '?', '?', '?', '?', '?']);
      await has(/A server does not answer/);
      change = ({ status, ...rest }) => {
        const database = { answers: false, error: 'gone' };
        return { ...rest, lastKnown: undefined, status: { ...status, database } };
      };
      await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(1);
      await expect.poll(() => text()).not.toContain('?');
      await expect.poll(() => page.locator('.stale').count()).toBe(0);
      await page.unroute('**/api/overview');
    });

    it('says that it looked at a part of a parcel, where it found nothing there', async () => {
      await page.route('**/api/parcel?**', (route) =>
        route.fulfill({
          json: {
            ...{ id: '0/x', short: 'p0-abcd', counters: [], entries: 0, sum: '0', more: true },
            looked: 20_000,
          },
        }),
      );
      await go('parked?id=0%2Fx');
      await has(/Nothing of this name is among what was looked at/);
      await has(/first 20,000 entries[^]*npx fastcounter parked show p0-abcd/);
      await page.unroute('**/api/parcel?**');
    });

    it('says that the application does not answer, and since when, or that nobody is logged in', async () => {
      await go('counters');
      await has(ARTICLE);
      await page.route('**/api/**', (route) => route.abort());
      await has(/The application does not answer\. What is shown is \d+ s old/);
      expect(await text('.top')).toContain('NO ANSWER');
      expect(await text()).toContain(ARTICLE);
      await page.unroute('**/api/**');
      await page.route('**/api/**', (route) => route.fulfill({ status: 401, body: '' }));
      await has(/not logged in any more/);
      await page.unroute('**/api/**');
      await expect.poll(() => text('.top')).not.toContain('NO ANSWER');
    });
  });
});
