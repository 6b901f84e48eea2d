import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CONSUMERS, LINES, type Stack, STACKS } from '../matrix/consumers.js';
import { APPLICATIONS } from '../matrix/diffs.js';
import { SERVERS } from '../matrix/servers/catalogue.js';

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/compatibility.md', () => {
  test('has a row for each application and each server of the matrix, with the day of its run or the word untested', async () => {
    const text = await read('docs/compatibility.md');
    const [applications = '', servers = ''] = text.split('## Servers');
    const cells = rowsOf(applications);
    expect(cells.map(([, stack, modules]) => [stack, modules])).toEqual([
      ...CONSUMERS.map(({ stack, modules }) => [stack, modules]),
      ...APPLICATIONS.map((name) => [`${name} (guide)`, 'CommonJS']),
    ]);
    expect(rowsOf(servers).map(([, title]) => title)).toEqual(SERVERS.map(({ title }) => title));
    for (const row of [...cells, ...rowsOf(servers)]) {
      expect(row.at(-2)).toMatch(/^(\d{4}-\d\d-\d\d|untested)$/);
    }
  });
});

const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => /^\| (?!stack|server|---)/.test(line))
    .map((row) => row.split('|').map((cell) => cell.trim()));

test('each part of a range that an application chooses from begins with a version that the matrix installs', async () => {
  const manifest = JSON.parse(await read('package.json')) as Record<
    'peerDependencies' | 'dependencies',
    Record<string, string>
  >;
  const stacks: readonly Stack[] = Object.values(STACKS);
  const ranges = Object.entries(manifest.peerDependencies);
  const { 'cache-manager': cacheManager = '' } = manifest.dependencies;
  for (const [name, range] of [...ranges, ['cache-manager', cacheManager] as const]) {
    const installed = new Set(stacks.map(({ pinned }) => pinned[name]));
    for (const part of range.split(' || ')) {
      expect(installed, `${name} ${part}`).toContain(part.replace('^', ''));
    }
  }
});

test('the matrix installs by the lines of README.md', async () => {
  const text = await read('README.md');
  for (const [what, line] of Object.entries(LINES)) {
    const packages = ['nestjs-fastcounter', ...line].join(' ');
    expect(text).toContain(`npm install ${packages} # ${what}\n`);
  }
});
