import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { openObserver } from '../../lib/cli/observer/open.js';
import { CounterService } from '../../lib/index.js';
import { outboxCount } from '../../lib/cli/outbox/count.js';
import { outboxDiscard } from '../../lib/cli/outbox/discard.js';
import { outbox as outboxList } from '../../lib/cli/outbox/list.js';
import type { Call, Verb } from '../../lib/cli/verb.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { asked, fastcounter } from './command.js';
import { startOnDatabase } from './other-database.js';
import { FIRST, SECOND, startWithRows, THIRD } from './refused-rows.js';

test('increments of transactions that are not counted are listed, counted and discarded', async () => {
  const databaseUrl = await createDatabase(inject('databaseUrl'));
  const { namespace, counters, ids } = await startWithRows({ type: 'postgres', url: databaseUrl });
  const folder = await mkdtemp(join(tmpdir(), 'fastcounter-outbox-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'outbox.ndjson');
  const place = { databaseUrl, namespace };
  const [page, text, embedded] = await Promise.all([
    asked(place, ['outbox', '--limit', '1', '--after', '0-first']),
    fastcounter(place, ['outbox', '--limit', '2']),
    asked({ ...place, redis: undefined }, ['outbox']),
  ]);
  expect(page).toMatchObject({ status: 1, error: '', data: [{ ...SECOND, reason: 'never' }] });
  expect(text.out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['nobody knows'],
    ['id', 'counter', 'adds', 'windows', 'made'],
    ['0-first', 'orders', '2', '-', expect.stringMatching(/^20\d\d-/)],
    ['never'],
    ['id', 'counter', 'adds', 'windows', 'made'],
    ['1-second', 'orders', '5', 'hour,day', expect.stringMatching(/^20\d\d-/)],
    ['There are more: repeat with --after 1-second'],
    [''],
  ]);
  expect(embedded).toMatchObject({ status: 1, data: [FIRST, SECOND, THIRD] });

  const at = { redis: inject('redisUrl'), database: { url: databaseUrl }, namespace, queue: {} };
  const opened = await openObserver(at);
  onTestFinished(() => opened.close());
  const here = (verb: Verb, operands: string[], options: Call['options']) =>
    verb.run({
      ...{ connect: () => Promise.resolve(opened), operands, options, isMeant: true, by: 'ann' },
      progress: () => undefined,
    } as unknown as Call);
  const refusals: [Verb, string[], Call['options'], string][] = [
    [outboxCount, [], {}, '"outbox count" needs either ids or --all'],
    [outboxCount, ['0-first'], { all: true }, '"outbox count" needs either ids or --all'],
    [outboxCount, ['0-first', '0-'], {}, 'No row "0-" waits, or no more'],
    [outboxDiscard, [], { all: true }, '"outbox discard" needs --export FILE'],
  ];
  for (const [verb, operands, options, text] of refusals) {
    await expect(here(verb, operands, options)).rejects.toThrow(text);
  }
  const [dryCount, dryDrop] = await Promise.all([
    fastcounter(place, ['outbox', 'count', '0-first', '1-second', '--yes', '--dry-run']),
    asked(place, ['outbox', 'discard', '--all', '--export', file]),
  ]);
  expect(dryCount.out).toContain('Would have 2 rows, 7 in all counted\nNothing was changed');
  expect(dryDrop).toMatchObject({
    status: 0,
    data: { rows: [FIRST, SECOND, THIRD], discarded: 0 },
  });
  expect(await ids()).toEqual(['0-first', '1-second', '2-third']);

  const count = ['outbox', 'count', '0-first', '--yes', '--by', 'ann'];
  const [counted, discarded] = await Promise.all([
    asked(place, count),
    asked(place, ['outbox', 'discard', '2-third', '--export', file, '--yes']),
  ]);
  expect(counted).toMatchObject({ status: 0, data: { released: 1, changed: 0, by: 'ann' } });
  expect(discarded).toMatchObject({ status: 0, data: { discarded: 1, changed: 0, file } });
  await expect.poll(() => counters.getCount('orders')).toBe(2);
  await expect.poll(ids).toEqual(['1-second']);
  const [line = '', ...more] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect([JSON.parse(line), ...more]).toMatchObject([THIRD]);
  expect(await counters.getCount('revenue')).toBe(0);

  // somebody else has it counted after it was written to the file
  const { outbox } = opened.observer.ports.store;
  const discard = outbox.discard.bind(outbox);
  vi.spyOn(outbox, 'discard').mockImplementationOnce(async (some) => {
    await outbox.release(some);
    return discard(some);
  });
  const other = join(folder, 'other.ndjson');
  const late = await here(outboxDiscard, ['1-second'], { export: other });
  expect(late).toMatchObject({ exit: 1, data: { discarded: 0, changed: 1 } });
  await expect.poll(() => counters.getCount('orders')).toBe(7);
  expect(await here(outboxList, [], {})).toMatchObject({ exit: 0, data: [] });
});

test('rows on MariaDB are listed, and all of them are counted', async () => {
  const databaseUrl = await createMariadbDatabase(inject('mariadbUrl'));
  const { namespace, counters, ids } = await startWithRows({
    ...{ type: 'mariadb', url: databaseUrl, timezone: 'Z' },
  });
  const place = { databaseUrl, namespace };
  const list = await asked(place, ['outbox']);
  const madeAt = '2026-01-01T00:00:00.000Z';
  const rows = [FIRST, SECOND, THIRD].map((row) => ({ ...row, madeAt }));
  expect(list).toMatchObject({ status: 1, data: rows });
  const done = await asked(place, ['outbox', 'count', '--all', '--yes']);
  expect(done).toMatchObject({ status: 0, data: { released: 3, changed: 0 } });
  await expect.poll(() => counters.getCounts(['orders', 'revenue'])).toEqual([7, 700]);
  await expect.poll(ids).toEqual([]);
});

test('a comparison counts no row itself, and says that nobody does', async () => {
  const databaseUrl = await createDatabase(inject('databaseUrl'));
  const database = { type: 'postgres', url: databaseUrl } as const;
  const redis = inject('redisUrl');
  // it counts no rows of others
  const { app, namespace } = await startOnDatabase(database, { redis, workers: false });
  await app.get(CounterService).incr('a');
  const dataSource = app.get(DataSource);
  await dataSource.query(
    `INSERT INTO fast_counter_outbox VALUES ('${namespace}', '0-row', 'a', 5, '-', -1, now(), now(), '', '')`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'fastcounter-totals-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'totals.csv');
  await writeFile(file, 'a,6\n');
  const found = await fastcounter({ redis, databaseUrl, namespace }, [
    'reconcile',
    'a',
    '--file',
    file,
  ]);
  expect(found.error).toContain('are not counted yet');
  const [row] = await dataSource.query<unknown[]>('SELECT id, taken_by FROM fast_counter_outbox');
  expect(row).toEqual({ id: '0-row', taken_by: '' });
});
