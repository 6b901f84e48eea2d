import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptsWith, watchCommands } from '../../bench/measure/redis-monitor.js';
import { type Application, startApplication } from '../support/application.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** Of its own: all that it is sent is watched. */
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** An application whose partitions all know it. */
async function warmApplication(linger = 0): Promise<Application> {
  const application = await startApplication({
    redis: server.url,
    updateInterval: 600_000,
    sweepInterval: 60_000,
    linger,
  });
  for (let time = 0; time < 2; time++) {
    const names = Array.from({ length: 100 }, (_, index) => ({ name: `counter:${index}` }));
    await application.counters.incrMany(names);
  }
  return application;
}

/** How many calls of scripts `act` makes Redis run. */
const callsOf = async ({ namespace }: Application, act: () => Promise<unknown>): Promise<number> =>
  scriptsWith(await watchCommands(server.url, act), namespace).length;

describe('increments of sixteen callers, each of any counter', () => {
  it('go in few calls, whatever their partitions', async () => {
    const application = await warmApplication();
    const { counters } = application;
    const CALLERS = 16;
    const EACH = 50;
    const caller = async (_: unknown, number: number): Promise<void> => {
      for (let time = 0; time < EACH; time++) {
        await counters.incr(`counter:${(number * 37 + time * 11) % 100}`);
      }
    };
    const calls = await callsOf(application, () =>
      Promise.all(Array.from({ length: CALLERS }, caller)),
    );
    // five for each round of the callers, if each partition had calls of its own
    expect(calls).toBeLessThan(2 * EACH);
    expect(await counters.getCount('counter:0')).toBeGreaterThan(2);
    await application.close();
  });
});

describe('linger', () => {
  it('lets increments at different times go in one call', async () => {
    const application = await warmApplication(1000);
    const { counters } = application;
    const increments: Promise<void>[] = [];
    const calls = await callsOf(application, async () => {
      for (let time = 0; time < 10; time++) {
        increments.push(counters.incr(`counter:${time}`));
        await sleep(1);
      }
      await Promise.all(increments);
    });
    expect(calls).toBeLessThan(5);
    await application.close();
  });
});
