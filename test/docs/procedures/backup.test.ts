import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ParkedCounts } from '../../../lib/index.js';
import { startApplication } from '../../support/application.js';
import { rowsOf } from '../../support/processes/checks.js';
import type { CountingProcess } from '../../support/processes/counting-process.js';
import { createWorld, type World } from '../../support/processes/world.js';
import { startDebianPostgres } from '../../support/servers/debian-postgres.js';
import { aclRules } from '../../support/servers/documented-access.js';
import { startJanitor } from '../../support/servers/janitor.js';
import { createDatabase } from '../../support/servers/postgres.js';
import { startRedis } from '../../support/servers/redis.js';
import { expectExactly } from '../../support/told.js';
import { functionsOf, Procedure } from './page.js';

const page = new Procedure('backup');
const busy = Array.from({ length: 10 }, (_, i) => `busy:${i}`);
/** Nobody increments these while they are saved, but they are persisted in that moment, one after the other. */
const quiet = Array.from({ length: 200 }, (_, i) => `quiet:${i}`);
const VALUE = 7n;

/** A Redis that can be started anew by the commands of the page, and what these find there. */
async function servers() {
  const [postgres, redis] = await Promise.all([startDebianPostgres(), startRedis()]);
  const files = await mkdtemp(join(tmpdir(), 'fastcounter-backup-'));
  const configuration = join(files, 'redis.conf');
  const pid = join(files, 'redis.pid');
  await writeFile(
    configuration,
    `port ${redis.port}\nbind 127.0.0.1\ndir ${redis.directory}\npidfile ${pid}\nappendonly yes\nsave ""\n` +
      `user fastcounter ${aclRules('*').join(' ')}\n`,
  );
  const databaseUrl = await createDatabase(postgres.url);
  const variables = {
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redis.url, REDIS_DIR: redis.directory },
    ...{ REDIS_CONF: configuration, FILES: files },
  };
  const janitor = startJanitor(files);
  onTestFinished(async () => {
    await page.within(files, `redis-cli -u "$REDIS_URL" SHUTDOWN NOSAVE || true`, variables);
    await Promise.all([postgres.stop(), redis.stop(), janitor.finish()]);
    await rm(files, { recursive: true, force: true });
  });
  const run = async (heading: string): Promise<string> => {
    const printed = await page.within(files, page.take(heading, 'sh'), variables);
    if (heading.includes('Restore Redis')) janitor.watch(Number(await readFile(pid, 'utf8')));
    return printed;
  };
  return { databaseUrl, redisUrl: redis.url, run };
}

async function stopAll(world: World): Promise<void> {
  await Promise.allSettled(world.processes.map((process) => process.close()));
}

const countAll = (process: CountingProcess, names: string[], delta: number) =>
  process.incr(names, { delta, options: { updateInterval: 0 } });

test('what is saved while others count and persist is restored to the last increment, and nothing is reported', async () => {
  const { run, ...at } = await servers();
  const world = await createWorld(at);
  const [worker, producer] = await Promise.all([world.start(), world.start({ workers: false })]);
  await producer.startLoad({ names: busy });
  for (const [i, name] of quiet.entries()) {
    await producer.incr(name, { delta: Number(VALUE), options: { updateInterval: 50 * (i % 60) } });
  }
  const before = await Promise.all(busy.map((name) => world.tally(name)));
  await run('1. Save both at one moment');
  const after = await Promise.all(busy.map((name) => world.tally(name)));
  const printed = await run('2. Fetch the file of Redis');
  expect(printed).toContain('rdb_last_bgsave_status:ok');
  expect((await producer.stopLoad()).failed).toEqual({});
  // is lost by the restore
  await countAll(producer, [...busy, ...quiet], 1000);
  await worker.flush();
  await expectExactly(world.processes, { duplicateSkipped: 'may' });
  await stopAll(world);

  expect(await run('2. Restore the database')).toBe('');
  expect(await run('3. Restore Redis')).toMatch(/OK\n$/);
  const restored = await world.start();
  const values = await restored.getCounts(busy);
  for (const [i, value] of values.entries()) {
    expect(value).toBeGreaterThanOrEqual(before[i]?.acknowledged ?? 0n);
    expect(value).toBeLessThanOrEqual(after[i]?.atMost ?? 0n);
  }
  expect(await restored.getCounts(quiet)).toEqual(quiet.map(() => VALUE));
  await restored.flush();
  expect(await rowsOf(world, [...busy, ...quiet])).toEqual([...values, ...quiet.map(() => VALUE)]);
  await expectExactly([restored], { duplicateSkipped: 'may' });

  // the database alone
  await countAll(restored, quiet, 1000);
  await restored.flush();
  await restored.close();
  await run('2. Restore the database');
  const behind = await world.start();
  await expect.poll(() => rowsOf(world, busy.slice(0, 1))).not.toEqual([0n]);
  await expectExactly([behind], { databaseWentBack: 'some', duplicateSkipped: 'may' }, [
    'FC-DATABASE-BEHIND',
  ]);
  await countAll(behind, quiet, 1000);
  await behind.flush();
  const counted = await behind.getCounts(quiet);
  await behind.close();

  // Redis alone
  await run('3. Restore Redis');
  expect(page.left).toEqual([]);
  const { namespace } = world;
  const { app, counters, close } = await startApplication({
    ...{ databaseUrl: world.databaseUrl, redis: world.redisUrl, namespace },
  });
  onTestFinished(close);
  const codes = async () => (await counters.status()).problems.map(({ code }) => code);
  await expect.poll(codes).toEqual(['FC-PARKED']);
  const { discardOld } = await functionsOf('backup');
  await (discardOld as (parked: ParkedCounts, by: string) => Promise<void>)(
    app.get(ParkedCounts),
    'test',
  );
  await expect.poll(codes).toEqual([]);
  expect(await counters.getCounts(quiet, { bigint: true })).toEqual(counted);
});
