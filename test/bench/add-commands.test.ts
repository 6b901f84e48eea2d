import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysOf, scriptsWith, watchCommands } from '../../bench/measure/redis-monitor.js';
import { type Application, startApplication } from '../support/application.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

/** Of its own: all that it is sent is watched. */
let server: RedisServer;
let application: Application;

beforeAll(async () => {
  server = await startRedis();
  application = await startApplication({ redis: server.url, updateInterval: 600_000 });
  // every partition has been called, and knows this client
  const names = Array.from({ length: 50 }, (_, index) => ({ name: `warm:${index}` }));
  await application.counters.incrMany(names);
});
afterAll(async () => {
  await application.close();
  await server.stop();
});

/** Counted, so that each more is a decision: a benchmark would lose it in its noise. */
describe('one plain increment that is alone', () => {
  it.each([
    ['of a counter that waits to be persisted', 'warm:7', 4],
    ['of a counter that has nothing to be persisted yet', 'fresh:7', 5],
  ])('%s takes few commands and keys', async (_which, name, commands) => {
    const sent = await watchCommands(server.url, () => application.counters.incr(name));
    const calls = scriptsWith(sent, name);
    expect(calls).toHaveLength(1);
    const [call] = calls;
    expect(call?.inside.length, call?.inside.join(', ')).toBeLessThanOrEqual(commands);
    expect(call && keysOf(call)).toBeLessThanOrEqual(3);
  });
});
