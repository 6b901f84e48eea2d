import { createClient } from '@redis/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApplication } from '../support/application.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { startRedis } from '../support/servers/redis.js';
import { useApplication } from '../support/use-application.js';
import { asked, fastcounter, type Place } from './command.js';

const NOWHERE = 'redis://somebody:hidden-word@127.0.0.1:1/0';

const application = useApplication({ updateInterval: 600_000 });
const place = (): Place => {
  const { databaseUrl, namespace } = application();
  return { databaseUrl, namespace };
};

describe('where something is wrong, the commands that look', () => {
  it('tell which server is away, and no password', async () => {
    const away = { ...place(), redis: NOWHERE };
    const noDatabase = {
      ...place(),
      databaseUrl: 'postgres://somebody:hidden-word@127.0.0.1:1/counts',
    };
    const all = await Promise.all([
      asked(away, ['status']),
      asked(away, ['get', 'views:1']),
      asked(noDatabase, ['status']),
      asked(noDatabase, ['list']),
      asked({ ...noDatabase, redis: NOWHERE }, ['status']),
    ]);
    const [status, get, withoutDatabase, list, both] = all;
    expect(status).toMatchObject({ status: 2, data: { verdict: 'DOWN' } });
    expect(status.out).toContain('FC-REDIS-AWAY');
    expect(status.out).not.toContain('FC-DATABASE-AWAY');
    expect(get).toMatchObject({ status: 2, data: { error: { code: 'CACHE_UNAVAILABLE' } } });
    expect(withoutDatabase).toMatchObject({ status: 2, data: { verdict: 'DOWN' } });
    expect(withoutDatabase.out).toContain('FC-DATABASE-AWAY');
    expect(withoutDatabase.out).toContain('ECONNREFUSED');
    expect(withoutDatabase.out).not.toContain('FC-REDIS-AWAY');
    expect(list).toMatchObject({ status: 2, data: { error: { code: 'DATABASE_UNAVAILABLE' } } });
    expect(both.status).toBe(2);
    for (const { out, error } of all) expect(out + error).not.toContain('hidden-word');
  });

  it('tell which right is missing in the database', async () => {
    const { databaseUrl, asOwner } = application();
    await asOwner(
      `DO $$ BEGIN CREATE ROLE nobody_here LOGIN PASSWORD 'hidden-word'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    const noRights = new URL(databaseUrl);
    Object.assign(noRights, { username: 'nobody_here', password: 'hidden-word' });
    const all = await Promise.all([
      asked({ ...place(), databaseUrl: noRights.href }, ['status']),
      fastcounter({ ...place(), databaseUrl: noRights.href }, ['list']),
      asked({ ...place(), databaseUrl: noRights.href }, ['doctor']),
    ]);
    expect(all.map(({ status }) => status)).toEqual([2, 2, 2]);
    const [database, list, doctor] = all;
    expect(doctor.out).toContain('no SELECT, INSERT, UPDATE, DELETE on fast_counter');
    expect(database.out).toMatch(/FC-DATABASE-AWAY[\s\S]*permission denied/);
    expect(list.error).toContain('permission denied');
    for (const { out, error } of all) expect(out + error).not.toContain('hidden-word');
  });

  it('tell at once that no process with workers runs, that Redis is full, and that a right is missing', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const { databaseUrl } = application();
    const redis = asCounterUser(server.url);
    const { counters, close, namespace } = await startApplication({
      databaseUrl,
      redis,
      workers: false,
    });
    onTestFinished(close);
    await counters.incr('waits');
    const here = { databaseUrl, redis, namespace };
    const [status, workers] = await Promise.all([
      asked(here, ['status']),
      asked(here, ['workers']),
    ]);
    expect(status).toMatchObject({
      status: 2,
      data: { verdict: 'DOWN', problems: [{ code: 'FC-NO-WORKERS' }] },
    });
    expect(workers).toMatchObject({ status: 2, data: [{ workers: false }] });
    const admin = createClient({ url: server.url });
    await admin.connect();
    await admin.configSet('maxmemory', '1');
    await admin.sendCommand(['ACL', 'SETUSER', 'nobody', 'reset', 'on', '>hidden-word', '~none']);
    await admin.close();
    const noRights = Object.assign(new URL(redis), { username: 'nobody', password: 'hidden-word' });
    const [full, forbidden] = await Promise.all([
      asked(here, ['status']),
      asked({ ...here, redis: noRights.href }, ['status']),
    ]);
    const [ill, flush] = await Promise.all([
      asked(here, ['doctor']),
      fastcounter(here, ['flush', '--yes']),
    ]);
    expect(ill.status).toBe(2);
    const checks = ill.data as { of: string; state: string }[];
    const failed = checks.filter(({ state }) => state === 'fail').map(({ of }) => of);
    expect(failed).toEqual(expect.arrayContaining(['redis writes', 'redis rights', 'workers']));
    expect(flush).toMatchObject({ status: 2, out: '' });
    expect(flush.error).toContain('No process with workers was seen for 30 s');
    expect(full).toMatchObject({ status: 2, data: { cache: { answers: true, accepts: false } } });
    expect(full.out).toContain('FC-NOT-ACCEPTING');
    expect(full.out).toContain('Redis is full');
    expect(forbidden.status).toBe(2);
    expect(forbidden.out).toMatch(/FC-REDIS-AWAY[\s\S]*NOPERM/);
    expect(forbidden.out + forbidden.error).not.toContain('hidden-word');
  });

  it('tell what a process has lost and refused, which it says within ten seconds', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const { databaseUrl } = application();
    const redis = asCounterUser(server.url);
    const started = await startApplication({ databaseUrl, redis, updateInterval: 600_000 });
    onTestFinished(started.close);
    const { counters, namespace } = started;
    await counters.incr('lost', 5);
    await counters.flush();
    await expect(counters.incr('lost', 2n ** 63n - 1n)).rejects.toThrow('64-bit range');
    const admin = createClient({ url: server.url });
    await admin.connect();
    await admin.flushAll();
    await admin.close();
    await counters.incr('lost');
    const here = { databaseUrl, redis, namespace };
    await expect
      .poll(() => asked(here, ['status']), { interval: 1000 })
      .toMatchObject({
        status: 1,
        data: {
          verdict: 'DEGRADED',
          problems: [{ code: 'FC-WIPED' }],
          refused: { COUNTER_OVERFLOW: 1 },
        },
      });
    const shown = await fastcounter(here, ['status']);
    expect(shown.out).toMatch(/Redis was empty: .* \(told by .*:\d+\)/);
    expect(shown.out).toMatch(/refused +callers since their processes began: 1 COUNTER_OVERFLOW/);
  });

  it('tell of another database, and of another Redis', async () => {
    const other = await startRedis();
    onTestFinished(() => other.stop());
    const wrongRedis = { ...place(), redis: asCounterUser(other.url) };
    const another = await startApplication({ updateInterval: 600_000 });
    onTestFinished(another.close);
    const wrongDatabase = { ...place(), databaseUrl: another.databaseUrl };
    const [redis, database] = await Promise.all([
      asked(wrongRedis, ['status']),
      asked(wrongDatabase, ['status']),
    ]);
    expect(redis).toMatchObject({ status: 1, data: { problems: [{ code: 'FC-MISCONFIGURED' }] } });
    expect(redis.out).toContain('it is another Redis, or was emptied');
    expect(database).toMatchObject({
      status: 1,
      data: { problems: [{ code: 'FC-MISCONFIGURED' }] },
    });
    expect(database.out).toContain('it is another database, or was emptied');
  });
});
