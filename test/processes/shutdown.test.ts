import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld } from '../support/processes/world.js';
import { post, postUntilRefused } from '../support/processes/requests.js';
import { startRedis } from '../support/servers/redis.js';

const WAYS = ['awaited', 'forgotten'] as const;
const CLIENTS = 30;

interface Form {
  embedded: boolean;
  isGlobal: boolean;
  /** Whether Nest waits for the requests under way, or cuts them off. */
  http: 'graceful' | 'forced';
}

const forms: [string, Form][] = [
  ['with Redis, global', { embedded: false, isGlobal: true, http: 'graceful' }],
  ['with Redis, not global', { embedded: false, isGlobal: false, http: 'forced' }],
  ['embedded, global', { embedded: true, isGlobal: true, http: 'forced' }],
  ['embedded, not global', { embedded: true, isGlobal: false, http: 'graceful' }],
];

describe.each(forms)('an application %s', (_, { embedded, isGlobal, http }) => {
  test('that gets SIGTERM under load counts every request that it answered', async () => {
    const world = await createWorld();
    // so long an interval that nothing is persisted before shutting down
    const options = { embedded, isGlobal, http, updateInterval: 600_000 };
    const process = await world.start(options);
    const load = WAYS.map((way) =>
      postUntilRefused(`${process.url}/${way}/${way}`, CLIENTS, http === 'forced'),
    );
    await expect.poll(() => Math.min(...load.map(({ answered }) => answered))).toBeGreaterThan(200);

    process.signal('SIGTERM');
    const ended = await process.ended;
    await Promise.all(load.map(({ refused }) => refused));

    expect(ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(process.output).not.toMatch(/ERROR|did not acknowledge/);
    const counted = embedded ? world.row : await counterOf(await world.start());
    for (const [i, way] of WAYS.entries()) {
      const { answered = 0, cutOff = 0 } = load[i] ?? {};
      const count = await counted(way);
      expect(count).toBeGreaterThanOrEqual(answered);
      expect(count).toBeLessThanOrEqual(answered + cutOff);
    }
  });
});

async function counterOf(process: CountingProcess) {
  await process.flush();
  return (name: string) => process.getCount(name);
}

describe('an application that is closed', () => {
  const kinds: [string, { embedded: boolean; workers: boolean }][] = [
    ['with workers', { embedded: false, workers: true }],
    ['without workers', { embedded: false, workers: false }],
    ['embedded', { embedded: true, workers: true }],
  ];

  test.each(kinds)('leaves nothing that keeps its process, %s', async (_, kind) => {
    const world = await createWorld();
    const process = await world.start(kind);
    await process.incr(['a', 'b', 'c'], { times: 100 });
    await process.fireAndForget(['a', 'b', 'c'], 100);
    expect(await process.close()).toEqual({ code: 0, signal: null });
    const counted = kind.embedded ? world.row : await counterOf(await world.start());
    for (const name of ['a', 'b', 'c']) expect(await counted(name)).toBe(200n);
  });

  test('waits for Redis to take what was answered and not awaited', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const world = await createWorld({ redisUrl: server.url });
    const process = await world.start({ http: 'graceful' });
    await process.incr('seen');
    server.pause();
    for (let i = 0; i < 50; i++) expect(await post(`${process.url}/forgotten/slow`)).toBe(204);
    process.signal('SIGTERM');
    await sleep(500);
    server.resume();
    expect(await process.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(process.output).not.toMatch(/ERROR|did not acknowledge/);
    const counted = await counterOf(await world.start());
    expect(await counted('slow')).toBe(50n);
  });

  test('refuses further increments and keeps what it had', async () => {
    const world = await createWorld();
    const process = await world.start({ http: 'graceful', updateInterval: 600_000 });
    await process.incr('kept', { times: 10 });
    const closed = process.close();
    const late = process.incr('kept', { times: 5 });
    const { acknowledged, failed } = await late.catch(() => ({ acknowledged: 0, failed: {} }));
    await closed;
    expect(Object.keys(failed).every((code) => code === 'SHUT_DOWN')).toBe(true);
    const other = await world.start();
    expect(await other.getCount('kept')).toBe(BigInt(10 + acknowledged));
  });
});
