import { createClient } from '@keyv/redis';
import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OperationClass } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { repeatedly } from '../support/repeatedly.js';
import { grantCounters } from '../support/servers/counter-database.js';
import { startPostgres } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';
import { expectExactly, listenTo, mayFail, outageOf } from '../support/told.js';

/** What the process tells of outages, as it comes. */
function recordOf({ events }: Application) {
  const begun: OperationClass[] = [];
  const ended: OperationClass[] = [];
  events.on('outage', ({ of }) => begun.push(of));
  events.on('recovery', ({ of }) => ended.push(of));
  return { begun, ended, of: (it: OperationClass) => begun.filter((of) => of === it) };
}

const openIn = ({ events }: Application) => events.outages.list().map(({ of }) => of);

describe('one outage for each class of operations', () => {
  test('a full Redis does not accept and answers reads: that is one outage of writing', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const application = await startApplication({
      redis: redis.url,
      updateInterval: 200,
      sweepInterval: 200,
    });
    onTestFinished(() => application.close());
    const teller = listenTo(application);
    const { counters, events } = application;
    const admin = await createClient({ url: redis.url }).connect();
    onTestFinished(() => admin.destroy());
    await counters.incrMany([{ name: 'full' }, { name: 'other' }, { name: 'third' }]);
    expect(await counters.getCounts(['full', 'other', 'third'])).toEqual([1, 1, 1]);

    const record = recordOf(application);
    await admin.configSet('maxmemory', '1');
    let reads = 0;
    const load = repeatedly(async () => {
      for (const name of ['full', 'other', 'third']) void counters.incr(name);
      expect(await counters.getCount('full')).toBe(1);
      await counters.status();
      reads++;
    });
    await expect.poll(() => record.begun).toContain('write');
    const { length } = record.begun;
    const before = reads;
    await expect.poll(() => reads - before).toBeGreaterThan(100);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(record.ended).toEqual([]);
    expect(record.of('write')).toHaveLength(1);
    expect(record.begun).not.toContain('read');
    // at most that of the queue, whose Redis this is
    expect(record.begun.length - length).toBeLessThanOrEqual(1);
    expect((await counters.status()).outages).toContainEqual({
      of: 'write',
      since: expect.any(Date) as Date,
      error: expect.stringContaining('OOM') as string,
    });

    await load.stop();
    await admin.configSet('maxmemory', '0');
    await expect.poll(() => events.outages.list()).toEqual([]);
    expect(record.of('write')).toHaveLength(1);
    // a partition that nobody has set up yet cannot be, in a full Redis
    await expectExactly([teller], { ...outageOf('write'), ...mayFail('queue', 'persist') });
  });

  test('a database that is away is one outage of persisting, and none of the queue', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const databaseUrl = await grantCounters(await postgres.createDatabase());
    const application = await startApplication({
      databaseUrl,
      updateInterval: 200,
      sweepInterval: 200,
    });
    onTestFinished(() => application.close());
    const teller = listenTo(application);
    const { counters, events } = application;
    const names = Array.from({ length: 20 }, (_, i) => `away-${i}`);
    const increments = names.map((name) => ({ name }));
    await counters.incrMany(increments);
    await counters.flush();
    // from now on Redis answers them alone
    await counters.getCounts(names);

    const record = recordOf(application);
    let failures = 0;
    events.on('persistFailed', () => failures++);
    await postgres.kill();
    let rounds = 1;
    const load = repeatedly(async () => {
      await counters.incrMany(increments);
      await counters.getCounts(names);
      rounds++;
    });
    await expect.poll(() => failures).toBeGreaterThan(20);
    expect(record).toMatchObject({ begun: ['persist'], ended: [] });

    await postgres.restart();
    await expect.poll(() => record.ended).toEqual(['persist']);
    await load.stop();
    await counters.flush();
    expect(record).toMatchObject({ begun: ['persist'], ended: ['persist'] });
    expect(await application.row('away-7')).toBe(BigInt(rounds));
    await expectExactly([teller], {
      ...outageOf('persist'),
      persistFailed: 'some',
      // killed when a commit was done, and its answer not sent
      duplicateSkipped: 'may',
    });
  });

  test('persisting that failed is over when the database is back, also where another process persists what is left', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const databaseUrl = await grantCounters(await postgres.createDatabase());
    const start = async (sweepInterval: number, namespace?: string) => {
      const options = { databaseUrl, updateInterval: 200, sweepInterval };
      const application = await startApplication({ ...options, ...(namespace && { namespace }) });
      onTestFinished(() => application.close());
      return application;
    };
    // one sweeps for all, another one waits to take over, and the third one rests
    const first = await start(200);
    const second = await start(200, first.namespace);
    const resting = await start(60_000, first.namespace);
    await postgres.kill();
    const load = repeatedly(() => resting.counters.incrMany([{ name: 'a' }, { name: 'b' }]));
    await expect.poll(() => openIn(resting)).toEqual(['persist']);
    await load.stop();
    const queues = Array.from({ length: 5 }, (_, partition) =>
      resting.app.get<Queue>(getQueueToken(`PersistCounter${partition}`)),
    );
    await Promise.all(queues.map((queue) => queue.pause()));
    await postgres.restart();
    for (const each of [first, second, resting]) {
      await expect.poll(() => openIn(each)).toEqual([]);
    }
  });

  test('a read that failed is over when Redis is back, also where nobody reads again', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const application = await startApplication({
      redis: redis.url,
      workers: false,
      commandTimeout: 500,
    });
    onTestFinished(() => application.close());
    const teller = listenTo(application);
    const record = recordOf(application);
    await redis.kill();
    const unavailable = { code: 'CACHE_UNAVAILABLE' };
    await expect(application.counters.getCount('idle')).rejects.toMatchObject(unavailable);
    expect(record.of('read')).toHaveLength(1);
    expect(record.begun).not.toContain('write');
    await redis.restart();
    await expect.poll(() => application.events.outages.list()).toEqual([]);
    expect(record.of('read')).toHaveLength(1);
    await expectExactly([teller], outageOf('read'));
  });

  test('a write whose outcome stays unknown is over when Redis is back, also where nobody counts again', async () => {
    const redis = await startRedis({ arguments: ['--appendonly', 'no', '--save', ''] });
    onTestFinished(() => redis.stop());
    const application = await startApplication({
      redis: redis.url,
      workers: false,
      commandTimeout: 500,
    });
    onTestFinished(() => application.close());
    const { counters, events } = application;
    const record = recordOf(application);
    await counters.incr('rare');
    redis.pause();
    const unknown = counters.incr('rare');
    const rejected = expect(unknown).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await expect.poll(() => record.begun).toContain('write');
    await redis.kill();
    await redis.restart();
    await rejected;
    await expect.poll(() => events.outages.list()).toEqual([]);
    expect((await counters.status()).cache).toMatchObject({ answers: true, accepts: true });
    expect(record.of('write')).toHaveLength(1);
    // nothing was counted by finding that out
    expect(await counters.getCount('rare')).toBe(0);
  });

  test('a write that Redis answers wrongly is over once that is mended, and not before', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const application = await startApplication({ redis: redis.url, workers: false });
    onTestFinished(() => application.close());
    const { counters, events, namespace } = application;
    const admin = await createClient({ url: redis.url }).connect();
    onTestFinished(() => admin.destroy());
    const record = recordOf(application);
    await counters.incr('rare');
    const [pending = ''] = await admin.keys(`fastcounter:{${namespace}:*}::pending`);
    await admin.del(pending);
    await admin.set(pending, 'no hash');
    await expect(counters.incr('rare')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(record).toMatchObject({ begun: ['write'], ended: [] });
    await admin.del(pending);
    await expect.poll(() => events.outages.list()).toEqual([]);
    await counters.incr('rare');
    expect(record).toMatchObject({ begun: ['write'], ended: ['write'] });
  });
});
