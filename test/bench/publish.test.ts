import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { publish } from '../../bench/report/publish.js';
import type { Result } from '../../bench/report/result.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('questions that are measured alone take their places among the others, and tell their run', async () => {
  const root = await mkdtemp(join(tmpdir(), 'fastcounter-pages-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'docs'));
  await cp(join(ROOT, 'docs', 'performance'), join(root, 'docs', 'performance'), {
    recursive: true,
  });
  for (const page of ['README.md', 'docs/performance.md', 'docs/capacity.md'])
    await cp(join(ROOT, page), join(root, page));
  const read = async (): Promise<[Result, string]> => [
    JSON.parse(await readFile(join(root, 'docs/performance/result.json'), 'utf8')) as Result,
    await readFile(join(root, 'docs/performance.md'), 'utf8'),
  ];
  const [before] = await read();
  const reads = before.questions.reads;
  if (reads === undefined) throw new Error('The published result has no reads');
  const alone = { ...before, command: 'npm run bench -- reads', date: '2027-01-02T00:00:00.000Z' };
  await publish({ ...alone, questions: { reads } }, root);
  const [after, page] = await read();
  expect(Object.keys(after.questions)).toEqual(Object.keys(before.questions));
  expect([after.date, after.command]).toEqual([before.date, before.command]);
  const told = /Measured apart from the others: `npm run bench -- reads`, 5 rounds, 2027-01-02/g;
  expect(page.match(told)).toHaveLength(1);
  await publish(before, root);
  const [, whole] = await read();
  expect(whole).not.toMatch(told);
});
