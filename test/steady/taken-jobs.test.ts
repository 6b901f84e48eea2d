import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';

/** One partition, and nobody who works. */
const OPTIONS = { workers: false, queue: { count: 1 } };

describe('a job whose place an earlier one takes', () => {
  let application: Application;
  let redis: ReturnType<typeof createClient>;

  beforeAll(async () => {
    application = await startApplication(OPTIONS);
    redis = createClient({ url: inject('redisAdminUrl') });
    await redis.connect();
  });
  afterAll(async () => {
    redis.destroy();
    await application.close();
  });

  const key = (part: string): string =>
    `fastcounter:{${application.namespace}:0}::bull:PersistCounter0:${part}`;
  const delayed = (): Promise<string[]> => redis.zRange(key('delayed'), 0, -1);

  test('is removed while it is delayed, and nothing of it is left', async () => {
    await application.counters.incr('slow', 1, { updateInterval: 600_000 });
    await expect.poll(delayed).toHaveLength(1);
    const [first = ''] = await delayed();
    await application.counters.incr('sooner', 1, { updateInterval: 300_000 });
    await expect.poll(delayed).toHaveLength(1);
    await expect.poll(delayed).not.toContain(first);
    expect(await redis.exists(key(first))).toBe(0);
  });

  // a worker takes a job and locks it in two steps; what it took would come without data, fail, and stay for ever
  test('stays when a worker has taken it, and not locked it yet', async () => {
    const [taken = ''] = await delayed();
    await redis.multi().zRem(key('delayed'), taken).lPush(key('active'), taken).exec();
    await application.counters.incr('soon', 1, { updateInterval: 100_000 });
    await expect.poll(delayed).toHaveLength(1);
    expect(await redis.lRange(key('active'), 0, -1)).toEqual([taken]);
    expect(await redis.hGet(key(taken), 'data')).toBe('{"partition":0}');
  });
});
