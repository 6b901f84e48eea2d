import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { open, startChromium, type Watched } from '../dashboard/chromium.js';
import { faults, focused, widthOf } from '../dashboard/in-page.js';
import { createDatabase } from '../support/servers/postgres.js';
import { SampleProcess } from './sample-process.js';

const TITLES = ['Counting reads', 'Exactly once', 'Rows that everybody updates'];

describe('the page of the sample application, in a browser', () => {
  let sample: SampleProcess;
  let browser: Browser;
  let shown: Watched;
  let page: Page;

  beforeAll(async () => {
    const database = createDatabase(inject('databaseUrl'));
    [browser, sample] = await Promise.all([
      startChromium(),
      database.then((DATABASE_URL) => SampleProcess.start({ DATABASE_URL })),
    ]);
    shown = await open(browser, sample.url);
    ({ page } = shown);
  });
  afterAll(async () => {
    await shown.close();
    await browser.close();
    await sample.stop();
  });

  const cells = (column: number): Promise<string[]> =>
    page.locator(`#articles tr td:nth-child(${column})`).allInnerTexts();
  const sum = async (column: number): Promise<number> =>
    (await cells(column)).reduce((total, text) => total + Number(text.replaceAll(/\D/g, '')), 0);

  it('says that there is no article yet', async () => {
    await expect.poll(() => page.locator('#none').isVisible()).toBe(true);
  });

  it('sends 500 visitors by a button: articles come, and their views move within ten seconds', async () => {
    await page.getByRole('button', { name: 'Send 500 visitors' }).click();
    await expect
      .poll(() => page.locator('#sent').innerText())
      .toBe('500 visitors have read an article.');
    await expect.poll(() => sum(2)).toBeGreaterThan(300);
    expect((await cells(1)).toSorted()).toEqual(TITLES);
    expect(await page.locator('#none').isVisible()).toBe(false);
    const before = await sum(2);
    await page.getByRole('button', { name: 'Send 500 visitors' }).click();
    await expect.poll(() => sum(2)).toBeGreaterThan(before + 100);
  });

  it('ranks what is read the most today', async () => {
    const lines = (await page.locator('#top li').allInnerTexts()).map((line) => line.split(': '));
    expect(lines.map(([title]) => title).toSorted()).toEqual(TITLES);
    const views = lines.map(([, text = '']) => Number(text.replaceAll(/\D/g, '')));
    expect(views.every((it) => it > 0)).toBe(true);
    expect(views).toEqual(views.toSorted((a, b) => b - a));
  });

  it('counts a like, keeps the focus on its button while the numbers move, and takes it back', async () => {
    const likes = await sum(3);
    await page.getByRole('button', { name: 'Like Exactly once' }).click();
    const taken = page.getByRole('button', { name: 'Unlike Exactly once' });
    await expect.poll(() => sum(3)).toBe(likes + 1);
    // it is drawn anew every second
    const drawn = shown.requests.length + 4;
    await expect.poll(() => shown.requests.length).toBeGreaterThan(drawn);
    expect(await focused(page)).toBe('Unlike Exactly once');
    await page.keyboard.press('Enter');
    await taken.waitFor({ state: 'detached' });
    await expect.poll(() => sum(3)).toBe(likes);
  });

  it('has links that lead somewhere', async () => {
    const links = await page.locator('nav a').all();
    const names = await Promise.all(links.map((link) => link.innerText()));
    expect(names).toEqual(['API documentation', 'Dashboard', 'Health', 'Metrics']);
    for (const link of links) {
      const address = new URL((await link.getAttribute('href')) ?? '', page.url());
      const answer = await fetch(address);
      expect(`${address.pathname} ${answer.status}`).toBe(`${address.pathname} 200`);
    }
  });

  it.each(['light', 'dark'] as const)('has nothing that axe objects to, in %s', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await faults(page)).toEqual([]);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await widthOf(page)).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('asks nobody else, and complains of nothing', () => {
    const elsewhere = shown.requests.filter(
      (url) => !url.startsWith(sample.url) && !url.startsWith('data:'),
    );
    expect(elsewhere).toEqual([]);
    expect(shown.complaints).toEqual([]);
  });
});
