import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { ensureServer, type ServerBinary } from '../support/servers/server-binary.js';

const CHROMIUM: ServerBinary = {
  command: 'chromium',
  versionArguments: ['--version'],
  package: 'chromium',
  hint: 'put chromium in the PATH',
};

/** A page, with everything that must not happen there. */
export interface Watched {
  page: Page;
  /** What the browser complains of: broken rules of the policy, errors of scripts. */
  complaints: string[];
  /** Addresses that were asked for. */
  requests: string[];
  close: () => Promise<void>;
}

export async function startChromium(): Promise<Browser> {
  await ensureServer(CHROMIUM);
  return chromium.launch({
    executablePath: pathOf(CHROMIUM.command),
    // as root, and with the little shared memory of a container
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

/** Opens a page in a browser without a memory. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return {
    ...{ page, complaints, requests },
    async close() {
      expect(await context.cookies()).toEqual([]);
      await context.close();
    },
  };
}

function pathOf(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((it) => existsSync(it));
  if (found === undefined) throw new Error(`${command} is not in the PATH`);
  return found;
}
