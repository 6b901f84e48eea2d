import { createClient } from '@keyv/redis';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createDatabase, startPostgres } from './servers/postgres.js';
import { startRedis } from './servers/redis.js';

async function redisClient(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  return client;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

describe('the shared servers', () => {
  it('answer', async () => {
    const client = await redisClient(inject('redisAdminUrl'));
    expect(await client.ping()).toBe('PONG');
    expect(await query(inject('databaseUrl'), 'SHOW max_connections')).toEqual([
      { max_connections: '300' },
    ]);
  });

  it('give every test an empty database', async () => {
    const urls = await Promise.all([1, 2].map(() => createDatabase(inject('databaseUrl'))));
    for (const url of urls) await query(url, 'CREATE TABLE counter (name text)');
  });
});

describe('a server of its own', () => {
  it('keeps what Redis acknowledged through kill and restart', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await (await redisClient(redis.url)).set('key', 'value');
    await redis.kill();
    await expect(redisClient(redis.url)).rejects.toThrow('ECONNREFUSED');
    await redis.restart();
    expect(await (await redisClient(redis.url)).get('key')).toBe('value');
  });

  it('leaves a paused Redis without answer until it resumes', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const client = await redisClient(redis.url);
    redis.pause();
    let answered = false;
    const ping = client.ping().then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    redis.resume();
    expect(await ping).toBe(true);
  });

  it('keeps what PostgreSQL committed through kill and restart', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const url = await postgres.createDatabase();
    await query(url, 'CREATE TABLE counter AS SELECT 1 AS value');
    await postgres.kill();
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.restart();
    expect(await query(url, 'SELECT value FROM counter')).toEqual([{ value: 1 }]);
  });
});
