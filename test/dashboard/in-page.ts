import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What tests do inside of a page, as text: the programs of the tests know no browser. */

export const goTo = async (page: Page, place: string): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);
  // it is drawn with the next frame
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 20)))');
  await page.getByText('Loading …').first().waitFor({ state: 'detached' });
};

/** What has the focus, as a screen reader says it. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const it = document.activeElement;
    return it?.getAttribute('aria-label') ?? it?.closest('label')?.innerText ?? it?.textContent ?? '';
  })()`);

export const widthOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth');

/** Names of tables that are wider than their place. */
export const cutTables = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.table')]
    .filter((it) => it.scrollWidth > it.clientWidth + 1)
    .map((it) => it.querySelector('table')?.getAttribute('aria-label') ?? it.textContent.slice(0, 40))`);

export const setHidden = (page: Page, isHidden: boolean): Promise<void> =>
  page.evaluate(`(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${String(isHidden)} });
    document.dispatchEvent(new Event('visibilitychange'));
  })()`);

/** What axe finds, by rule and place: by all rules, or by some. */
export async function faults(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(`globalThis.axe ?? (() => { ${axe.source} })()`);
  const options = { resultTypes: ['violations'], runOnly: rules };
  return page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))].join(' ')))`);
}
