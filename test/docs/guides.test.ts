import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { APPLICATIONS, changedLines, diffOf, sourcesOf } from '../matrix/diffs.js';
import { codeBlocks, root } from './markdown.js';

const execute = promisify(execFile);

describe.each(APPLICATIONS)('the diff of the application %s', (application) => {
  test('has at most fifteen lines that are added or changed, package.json included', async () => {
    const { added, removed } = await changedLines(application);
    expect(added.length).toBeLessThanOrEqual(15);
    // each removed line has one in its place
    expect(removed.length).toBeLessThanOrEqual(1);
    expect(added.filter((line) => line.length > 100)).toEqual([]);
  });

  test('can be applied to the application', async () => {
    const place = await mkdtemp(join(tmpdir(), 'fastcounter-diff-'));
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    await cp(sourcesOf(application), place, { recursive: true });
    await execute('git', ['apply', diffOf(application)], { cwd: place });
    const manifest = await readFile(join(place, 'package.json'), 'utf8');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(manifest).toContain(`"nestjs-fastcounter": "^${version}"`);
  });

  test('is shown as it is', async () => {
    const diff = await readFile(diffOf(application), 'utf8');
    const shown = codeBlocks('docs/guides/applications.md').map(({ code }) => code);
    expect(shown).toContain(diff);
  });
});
