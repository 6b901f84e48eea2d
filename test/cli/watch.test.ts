import { beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import { watch } from '../../lib/cli/looking/watch.js';
import { type WholeStatus, wholeStatus } from '../../lib/cli/looking/whole-status.js';
import { openObserver } from '../../lib/cli/observer/open.js';
import type { Call } from '../../lib/cli/verb.js';
import { CacheUnavailableError, COUNTER_CACHE, type CounterCache } from '../../lib/index.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { useApplication } from '../support/use-application.js';

const application = useApplication({
  ...{ updateInterval: 600_000, queue: { count: 7 } },
  windows: { timeZone: 'Europe/Berlin' },
});

beforeAll(async () => {
  const { counters } = application();
  await counters.incr('watched');
  await counters.flush();
});

async function opened(redis = inject('redisUrl')) {
  const { databaseUrl: url, namespace } = application();
  const found = await openObserver({ namespace, redis, database: { url }, queue: {} });
  onTestFinished(() => found.close().catch(() => undefined));
  return found;
}

const codes = ({ problems }: WholeStatus) => problems.map(({ code }) => code);

test('what was set up wrong is told until it is mended, once, and a server that is away mends nothing', async () => {
  const found = await opened();
  const { observer } = found;
  const pair = vi.spyOn(observer, 'expectPair');
  const texts: string[] = [];
  for (const error of [
    new Error('Two databases, 1 s ago'),
    new Error('Two databases, 2 s ago'),
    new CacheUnavailableError('away'),
  ]) {
    pair.mockRejectedValueOnce(error);
    const [problem, ...others] = (await wholeStatus(found)).problems;
    expect(others).toEqual([]);
    expect(problem?.code).toBe('FC-MISCONFIGURED');
    texts.push(problem?.text ?? '');
  }
  expect(new Set(texts)).toEqual(new Set(['Two databases, 1 s ago']));
  expect(codes(await wholeStatus(found))).toEqual([]);
});

test('counts are overdue as in the application, by its updateInterval', async () => {
  const found = await opened();
  const { cache } = found.observer.ports;
  const sweep = cache.sweep.bind(cache);
  let overdueBy = 60_000;
  vi.spyOn(cache, 'sweep').mockImplementation(async (partition) => ({
    ...{ ...(await sweep(partition)), overdueBy },
  }));
  expect(codes(await wholeStatus(found))).toEqual([]);
  overdueBy = 3 * 600_000 + 1;
  const late = () => wholeStatus(found).then(codes);
  await expect.poll(late).toEqual(['FC-OVERDUE']);
});

test('of a process that does not say its updateInterval, it is the default', async () => {
  const found = await opened();
  const { cache } = found.observer.ports;
  const processes = (await cache.processes()).map(({ updateInterval, ...old }) => {
    expect(updateInterval).toBe(600_000);
    return old;
  });
  vi.spyOn(cache, 'processes').mockResolvedValue(processes);
  const sweep = cache.sweep.bind(cache);
  vi.spyOn(cache, 'sweep').mockImplementation(async (partition) => ({
    ...{ ...(await sweep(partition)), overdueBy: 31_000 },
  }));
  expect(codes(await wholeStatus(found))).toEqual(['FC-OVERDUE']);
});

test('a watch that began while Redis was away knows queues and time zone when Redis is back', async () => {
  const { app } = application();
  const proxy = await startTcpProxy(inject('redisUrl'));
  onTestFinished(() => proxy.stop());
  proxy.refuse(true);
  const first = await opened(proxy.url);
  expect(first.observer.options.windows.timeZone).toBe('UTC');
  const lines: WholeStatus[] = [];
  await watch.run({
    ...{ options: { times: '3' }, json: true, isTerminal: false },
    connect: () => Promise.resolve(first),
    reconnect: () => opened(proxy.url),
    line: (text: string) => {
      lines.push(JSON.parse(text) as WholeStatus);
      proxy.refuse(false);
    },
  } as unknown as Call);
  const [away, , back] = lines;
  expect(away && codes(away)).toContain('FC-REDIS-AWAY');
  expect(back && codes(back)).toEqual([]);
  expect(back?.partitions).toHaveLength(7);
  const { settings } = await app.get<CounterCache>(COUNTER_CACHE).look(0, []);
  expect(settings?.timeZone).toBe('Europe/Berlin');
});
