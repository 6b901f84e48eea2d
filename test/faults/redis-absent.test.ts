import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { post } from '../support/processes/requests.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail, outageOf } from '../support/told.js';

// nobody waits long here
const impatient = { acknowledgeTimeout: 1000, commandTimeout: 500 };

let server: RedisServer;
let world: World;

beforeEach(async () => {
  server = await startRedis();
  world = await createWorld({ redisUrl: server.url });
  await server.kill();
  onTestFinished(() => server.stop());
});

const outagesOf = (process: CountingProcess, event: string): unknown[] =>
  process.reported(event).filter(({ of }) => of === 'read');

describe('an application that starts without Redis', () => {
  test('answers requests, keeps what it counts and delivers it once when Redis comes', async () => {
    const process = await world.start({ http: 'graceful', ...impatient });
    for (let i = 0; i < 20; i++) {
      expect(await post(`${process.url}/alive`)).toBe(201);
      expect(await post(`${process.url}/forgotten/kept`)).toBe(204);
    }
    const { acknowledged, failed } = await process.incr(['kept', 'other'], { times: 50 });
    expect({ acknowledged, failed }).toEqual({ acknowledged: 0, failed: { OUTCOME_UNKNOWN: 100 } });
    expect(await post(`${process.url}/awaited/kept`)).toBe(500);
    expect(await post(`${process.url}/alive`)).toBe(201);
    expect(process.reported('outcomeUnknown').length).toBeGreaterThan(0);

    await expect(process.getCounts(['kept', 'other'])).rejects.toThrow();
    await server.restart();
    await expect
      .poll(() => process.getCounts(['kept', 'other']).catch(() => []))
      .toEqual([71n, 50n]);
    expect(await process.incr(['kept', 'other'])).toEqual({ acknowledged: 2, failed: {} });
    await process.flush();
    expect(await world.row('kept')).toBe(72n);
    expect(await world.row('other')).toBe(51n);
    expect(await process.getCounts(['kept', 'other'])).toEqual([72n, 51n]);
    await expectExactly(world.processes, {
      ...outageOf('write', 'read'),
      ...mayFail('persist', 'queue'),
      outcomeUnknown: 'some',
      misconfigured: 'may',
    });
  });

  test('rejects reads, resets and exact totals as unavailable, and says so once', async () => {
    const process = await world.start(impatient);
    const unavailable = { code: 'CACHE_UNAVAILABLE' };
    for (let i = 0; i < 3; i++) {
      await expect(process.getCount('some')).rejects.toMatchObject(unavailable);
      await expect(process.getCounts(['some', 'more'])).rejects.toMatchObject(unavailable);
      await expect(process.flush()).rejects.toMatchObject(unavailable);
    }
    await expect(process.reset('some')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(outagesOf(process, 'outage')).toHaveLength(1);
    expect(outagesOf(process, 'recovery')).toHaveLength(0);

    await server.restart();
    await expect.poll(() => process.getCount('some').catch(() => undefined)).toBe(0n);
    expect(outagesOf(process, 'outage')).toHaveLength(1);
    await expect.poll(() => outagesOf(process, 'recovery')).toHaveLength(1);
    await expectExactly(world.processes, {
      ...outageOf('write', 'read'),
      ...mayFail('persist', 'queue'),
      outcomeUnknown: 'some',
    });
  });

  test('starts also when Redis takes connections and answers nothing', async () => {
    await server.restart();
    server.pause();
    const process = await world.start({ http: 'graceful', ...impatient });
    expect(await post(`${process.url}/alive`)).toBe(201);
    expect(await post(`${process.url}/forgotten/kept`)).toBe(204);
    await expect(process.getCount('kept')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    const { failed } = await process.incr('kept', { times: 10 });
    expect(failed).toEqual({ OUTCOME_UNKNOWN: 10 });
    server.resume();
    await expect.poll(() => process.getCount('kept').catch(() => undefined)).toBe(11n);
    await process.flush();
    expect(await world.row('kept')).toBe(11n);
    await expectExactly(world.processes, {
      ...outageOf('write', 'read'),
      ...mayFail('persist', 'queue'),
      outcomeUnknown: 'some',
    });
  });

  test('refuses names beyond its bound, and counts exactly those that it took', async () => {
    const process = await world.start({ ...impatient, maxBufferedNames: 10 });
    const names = Array.from({ length: 25 }, (_, i) => `counter:${i}`);
    const { acknowledged, failed } = await process.incr(names);
    expect(acknowledged).toBe(0);
    expect(failed).toEqual({ OUTCOME_UNKNOWN: 10, BACKPRESSURE: 15 });
    expect(process.reported('backpressure')).toHaveLength(1);
    expect(await process.incr('counter:20')).toMatchObject({ failed: { BACKPRESSURE: 1 } });
    expect(process.reported('backpressure')).toHaveLength(1);

    await server.restart();
    const taken = names.map((_, i) => (i < 10 ? 1n : 0n));
    await expect.poll(() => process.getCounts(names).catch(() => [])).toEqual(taken);
    expect(await process.incr(names.slice(15))).toEqual({ acknowledged: 10, failed: {} });
    await process.flush();
    const expected = names.map((_, i) => (i < 10 || i >= 15 ? 1n : undefined));
    expect(await Promise.all(names.map((name) => world.row(name)))).toEqual(expected);
    await expectExactly(world.processes, {
      ...outageOf('write'),
      ...mayFail('read', 'persist', 'queue'),
      backpressure: 'once',
      outcomeUnknown: 'some',
    });
  });

  test.each(['close', 'SIGTERM'] as const)(
    'shuts down in time on %s and tells what it gave up',
    async (way) => {
      const process = await world.start({ ...impatient, shutdownTimeout: 1000 });
      await process.fireAndForget(['a', 'b', 'c'], 5);
      if (way === 'close') expect(await process.close()).toEqual({ code: 0, signal: null });
      else {
        process.signal('SIGTERM');
        expect(await process.ended).toEqual({ code: null, signal: 'SIGTERM' });
      }
      expect(process.output).toMatch(/did not acknowledge 15 increments within/);
      await expectExactly(world.processes, {
        'outage write': 'once',
        'outage persist': 'may',
        'outage queue': 'may',
        outcomeUnknown: 'may',
      });
    },
  );
});
