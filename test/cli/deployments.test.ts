import { createClient } from '@redis/client';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { expect, inject, onTestFinished, test } from 'vitest';
import { CounterService, type FastCounterOptions } from '../../lib/index.js';
import { startApplication } from '../support/application.js';
import { counterUser } from '../support/servers/documented-access.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { startRedis } from '../support/servers/redis.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { startSentinel } from '../support/servers/redis-sentinels.js';
import { sqliteFile, sqliteOptions } from '../support/sqlite.js';
import { asked, fastcounter, type Place } from './command.js';
import { startOnDatabase } from './other-database.js';

/** What the command line tells of an application that has counted `a` to 5. */
async function expectTold(place: Place): Promise<void> {
  const asker = (...given: string[]) => asked({ timeZone: 'Asia/Tokyo', ...place }, given);
  const [status, get, list] = await Promise.all([
    asker('status'),
    asker('get', 'a', 'none'),
    asker('list'),
  ]);
  expect(status.data).toMatchObject({ verdict: 'OK', problems: [] });
  expect(status).toMatchObject({ status: 0, error: '' });
  expect(get.data).toEqual([
    { name: 'a', value: 5 },
    { name: 'none', value: 0 },
  ]);
  expect(list.data).toMatchObject([{ name: 'a', value: 5 }]);
  const [{ updatedAt } = { updatedAt: '' }] = list.data as { updatedAt: string }[];
  expect(Math.abs(Date.parse(updatedAt) - Date.now())).toBeLessThan(60_000);
}

/** On another database than PostgreSQL. */
async function start(database: TypeOrmModuleOptions, redis: string) {
  const options = { redis, updateInterval: 600_000 };
  const { app, namespace } = await startOnDatabase(database, options);
  const counters = app.get(CounterService);
  await counters.incr('a', 5);
  await counters.flush();
  return namespace;
}

test('the command line looks at counts on MariaDB', async () => {
  const databaseUrl = await createMariadbDatabase(inject('mariadbUrl'));
  const options = { type: 'mariadb', url: databaseUrl, timezone: 'Z' } as const;
  const namespace = await start(options, inject('redisUrl'));
  await expectTold({ databaseUrl, namespace });
  const scheme = databaseUrl.replace('mysql:', 'mariadb:');
  const get = await asked({ databaseUrl: scheme, namespace }, ['get', 'a']);
  expect(get.data).toEqual([{ name: 'a', value: 5 }]);
});

test('the command line looks at counts on SQLite', async () => {
  const file = sqliteFile();
  const namespace = await start(sqliteOptions('sqljs', { file }), inject('redisUrl'));
  await expectTold({ databaseUrl: `sqlite:${file}`, namespace });
});

async function countedOn(redis: FastCounterOptions['redis'], queues: number) {
  const application = await startApplication({
    ...{ redis, queue: { count: queues }, updateInterval: 600_000 },
  });
  onTestFinished(application.close);
  await application.counters.incr('a', 5);
  await application.counters.flush();
  const { databaseUrl, namespace } = application;
  return { databaseUrl, namespace, redis: JSON.stringify(redis) };
}

test('the command line looks at counts by sentinels', async () => {
  const primary = await startRedis();
  onTestFinished(() => primary.stop());
  const sentinel = await startSentinel('mymaster', primary.port, { quorum: 1 });
  onTestFinished(() => sentinel.stop());
  const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
  await expectTold(await countedOn({ sentinels, name: 'mymaster', ...counterUser }, 2));
});

test('the command line looks at counts on a cluster, and at each of its servers', async () => {
  const servers = await startRedisCluster(2);
  onTestFinished(() => servers.stop());
  const cluster = servers.urls.map((url) => ({
    ...{ host: '127.0.0.1', port: Number(new URL(url).port) },
  }));
  const place = await countedOn({ cluster, ...counterUser }, 6);
  await expectTold(place);
  const ofFirst = await servers.masterOf(`fastcounter:{${place.namespace}:0}::state`);
  const other = servers.urls.find((url) => url !== ofFirst.url) ?? '';
  const admin = await createClient({ url: other }).connect();
  await admin.configSet({ maxmemory: '1', 'maxmemory-policy': 'volatile-lru' });
  const [full, doctor] = await Promise.all([
    asked(place, ['status']),
    fastcounter(place, ['doctor']),
  ]);
  expect(full).toMatchObject({ status: 2, data: { cache: { answers: true, accepts: false } } });
  expect(full.out).toContain(`On port ${new URL(other).port}: Redis is full`);
  expect(doctor.out).toContain('Redis is full');
  // counts are deleted then, and that is told instead: no increment is refused
  await admin.configSet({ maxmemory: '0', 'maxmemory-policy': 'noeviction' });
  await admin.close();
  expect((await asked(place, ['status'])).status).toBe(0);
});
