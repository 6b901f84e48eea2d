import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { betterSqlite3, betterSqlite3Path, sqliteFile, sqliteOptions } from '../support/sqlite.js';
import { asked, fastcounter } from './command.js';
import { FIRST, SECOND, startWithRows, THIRD } from './refused-rows.js';

test('rows on SQLite are listed; those in the memory of the application cannot be changed', async () => {
  const file = sqliteFile();
  const { namespace, counters, ids } = await startWithRows(sqliteOptions('sqljs', { file }));
  // has the file written
  await counters.incr('saved');
  await counters.flush();
  const place = { databaseUrl: `sqlite:${file}`, namespace };
  const [list, count] = await Promise.all([
    asked(place, ['outbox']),
    fastcounter(place, ['outbox', 'count', '--all', '--yes']),
  ]);
  expect(list).toMatchObject({ status: 1, data: [FIRST, SECOND, THIRD] });
  expect(count).toMatchObject({ status: 64, out: '' });
  expect(count.error).toContain('By sql.js the rows are in the memory of the application');
  expect(await ids()).toHaveLength(3);
});

test.skipIf(betterSqlite3 === undefined)(
  'rows in a file of better-sqlite3 are counted and discarded',
  async () => {
    const database = sqliteFile();
    const options = sqliteOptions('better-sqlite3', { file: database });
    const { namespace, counters, ids } = await startWithRows(options);
    const folder = await mkdtemp(join(tmpdir(), 'fastcounter-outbox-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'outbox.ndjson');
    const packages = dirname(betterSqlite3Path);
    const place = { databaseUrl: `sqlite:${database}`, namespace, packages };
    const list = await asked(place, ['outbox']);
    expect(list).toMatchObject({ status: 1, data: [FIRST, SECOND, THIRD] });
    const count = ['outbox', 'count', '0-first', '1-second', '--yes'];
    expect(await asked(place, count)).toMatchObject({ status: 0, data: { released: 2 } });
    await expect.poll(() => counters.getCount('orders')).toBe(7);
    await expect.poll(ids).toEqual(['2-third']);
    const discard = ['outbox', 'discard', '--all', '--export', file, '--yes'];
    expect(await asked(place, discard)).toMatchObject({ status: 0, data: { discarded: 1 } });
    const [line = '', ...more] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect([JSON.parse(line), ...more]).toMatchObject([THIRD]);
    expect(await ids()).toEqual([]);
    expect(await counters.getCount('revenue')).toBe(0);
  },
);
