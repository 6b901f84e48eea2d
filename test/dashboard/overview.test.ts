import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { OverviewReader } from '../../lib/dashboard/api/overview.js';
import { SharedReads } from '../../lib/dashboard/api/shared-reads.js';
import type { ResolvedOptions } from '../../lib/module/options/resolve-options.js';
import { FAST_COUNTER_OPTIONS } from '../../lib/module/tokens.js';
import { Calendar } from '../../lib/windows/calendar.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { type Host, startHost } from './host.js';

interface Overview {
  rates: { refused: number[] };
  status: { refused: Record<string, number> };
}

describe('the overview', () => {
  let proxy: TcpProxy;
  let host: Host;
  beforeAll(async () => {
    proxy = await startTcpProxy(inject('redisUrl'));
    host = await startHost({
      dashboards: [{ guard: 'none' }],
      redis: proxy.url,
      counting: { commandTimeout: 500 },
    });
  });
  afterAll(async () => {
    await host.app.close();
    await proxy.stop();
  });

  const overview = async (): Promise<Overview> =>
    (await (await fetch(`${host.url}/fastcounter/api/overview`)).json()) as Overview;

  it('has each refusal in the second when it was, also where nobody looked then', async () => {
    for (let i = 0; i < 5; i++) await host.counters.incr('', 1).catch(() => undefined);
    await sleep(2_100);
    await overview();
    await sleep(1_100);
    const { rates, status } = await overview();
    expect(status.refused).toEqual({ INVALID_COUNTER_NAME: 5 });
    expect(rates.refused.reduce((sum, it) => sum + it, 0)).toBe(5);
    expect(rates.refused.slice(-2)).toEqual([0, 0]);
  });

  it('reads once, whatever else a query has', async () => {
    let reads = 0;
    const { counters } = host;
    const list = counters.list.bind(counters);
    Object.assign(counters, {
      list: (...given: Parameters<typeof list>) => {
        reads++;
        return list(...given);
      },
    });
    const asked = Array.from({ length: 20 }, (_, i) =>
      fetch(`${host.url}/fastcounter/api/counters?limit=5&limit=${i}&junk-${i}=1&prefix=a`),
    );
    expect((await Promise.all(asked)).every(({ status }) => status === 200)).toBe(true);
    Object.assign(counters, { list });
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('knows the last values of a time when nobody looked', async () => {
    const { app, counters, metering, parked, events } = host;
    const options = app.get<ResolvedOptions>(FAST_COUNTER_OPTIONS);
    const sources = { counters, metering, parked, events, options, quotas: [], isEmbedded: false };
    const reader = new OverviewReader({ ...sources, calendar: new Calendar('UTC') }, 100);
    await sleep(1_300);
    proxy.refuse(true);
    proxy.cut();
    await expect.poll(async () => (await reader.overview()).status.cache.answers).toBe(false);
    const { lastKnown } = await reader.overview();
    expect(lastKnown?.partitions).toHaveLength(5);
    expect(lastKnown?.partitions[0]).toHaveProperty('pending');
    reader.stop();
    proxy.refuse(false);
  });
});

describe('a read that several ask for', () => {
  it('is shared until it has ended, and for a while behind that', async () => {
    const reads = new SharedReads(100);
    let times = 0;
    const slow = (): Promise<number> => {
      const time = ++times;
      return sleep(300).then(() => time);
    };
    const first = reads.read('slow', slow);
    await sleep(200);
    // a read of something else lets go what is over
    await reads.read('quick', () => Promise.resolve(0));
    expect(await reads.read('slow', slow)).toBe(1);
    expect(await first).toBe(1);
    expect(times).toBe(1);
    await sleep(150);
    expect(await reads.read('slow', slow)).toBe(2);
  });
});
