import { createClient } from '@keyv/redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { startRedis } from '../support/servers/redis.js';

/** Counts, persists and reads. Answers the URL. */
async function countsOn(url: string, queueUrl?: string): Promise<void> {
  const queue = queueUrl === undefined ? undefined : { redis: queueUrl };
  const { counters, row, close } = await startApplication({
    cache: undefined,
    ...{ redis: url, queue, updateInterval: 0 },
  });
  onTestFinished(close);
  expect(await counters.incrAndGet('views', 3)).toBe(3);
  await counters.flush();
  expect(await row('views')).toBe(3n);
  expect(await counters.getCount('views')).toBe(3);
}

async function server(...more: string[]): Promise<string> {
  const redis = await startRedis({ arguments: ['--save', '', ...more] });
  onTestFinished(() => redis.stop());
  return redis.url;
}

describe('counts and queues are kept', () => {
  test('in a logical database, and nothing in another one', async () => {
    const url = await server();
    await countsOn(`${url}/3`);
    const client = createClient({ url });
    await client.connect();
    onTestFinished(() => client.destroy());
    expect(await client.dbSize()).toBe(0);
    await client.select(3);
    expect(await client.dbSize()).toBeGreaterThan(0);
  });

  test('in two of them, one for each', async () => {
    const url = await server();
    await countsOn(`${url}/1`, `${url}/2`);
  });

  test.each([
    ['CONFIG and SCRIPT', ['CONFIG', 'SCRIPT']],
    [
      'CONFIG, SCRIPT, CLIENT, KEYS, MONITOR and SHUTDOWN',
      ['CONFIG', 'SCRIPT', 'CLIENT', 'KEYS', 'MONITOR', 'SHUTDOWN'],
    ],
  ])('where there is no %s, as at many who rent it out', async (_, commands) => {
    const renamed = commands.flatMap((command) => ['--rename-command', command, '']);
    await countsOn(await server(...renamed));
  });

  test('behind a password of any characters', async () => {
    const password = 'p@ss:w/o?r#d %25 "ü"';
    const url = new URL(await server());
    const client = createClient({ url: url.href });
    await client.connect();
    await client.sendCommand(['CONFIG', 'SET', 'requirepass', password]);
    client.destroy();
    url.password = encodeURIComponent(password);
    await countsOn(url.href);
  });
});
