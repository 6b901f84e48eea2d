import { describe, expect, onTestFinished, test } from 'vitest';
import { COUNTER_CACHE, type CounterCache } from '../../lib/index.js';
import { type Application, MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const QUEUES = 5;

/** Lets the database take reads but no batch, until released. */
async function holdBatches({ dataSource }: Application): Promise<() => Promise<void>> {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('LOCK TABLE fast_counter_ledger IN EXCLUSIVE MODE');
  let held = true;
  const release = async (): Promise<void> => {
    if (!held) return;
    held = false;
    await runner.rollbackTransaction();
    await runner.release();
  };
  onTestFinished(release);
  return release;
}

/** Resolves when the counter's delta is in a batch on its way to the database. */
async function claimed({ app }: Application, name: string): Promise<void> {
  const cache = app.get<CounterCache>(COUNTER_CACHE);
  const partitions = Array.from({ length: QUEUES }, (_, partition) => partition);
  const isClaimed = async (partition: number): Promise<boolean> =>
    (await cache.look(partition, [name])).parts[0]?.batch !== undefined;
  await expect
    .poll(async () => (await Promise.all(partitions.map(isClaimed))).includes(true))
    .toBe(true);
}

/** 100 persisted, 20 in the open batch, 3 pending. */
async function inThreeParts(application: Application, name: string) {
  const { counters } = application;
  await counters.incr(name, 100);
  await counters.flush([name]);
  const release = await holdBatches(application);
  await counters.incr(name, 20, { updateInterval: 0 });
  await claimed(application, name);
  await counters.incr(name, 3);
  return async (): Promise<bigint | undefined> => {
    await release();
    await counters.flush([name]);
    return application.row(name);
  };
}

describe.each(MODES)('while a batch is on its way to the database, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('reads hold all three parts, with a cached value and without', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'read');
    for (const { counters } of [first, second, first]) {
      expect(await counters.getCount('read')).toBe(123);
      expect(await counters.getCounts(['read', 'unread'])).toEqual([123, 0]);
    }
    expect(await first.row('read')).toBe(100n);
    expect(await settle()).toBe(123n);
    expect(await second.counters.getCount('read')).toBe(123);
  });

  test('incrAndGet counts on from the total', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'get');
    expect(await second.counters.incrAndGet('get')).toBe(124);
    expect(await first.counters.incrAndGet('get', -4)).toBe(120);
    expect(await settle()).toBe(120n);
    expect(await second.counters.incrAndGet('get')).toBe(121);
  });

  test('reset answers the total, and leaves nothing of it', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'reset');
    expect(await second.counters.reset('reset')).toBe(123);
    expect(await first.counters.getCount('reset')).toBe(0);
    await first.counters.incr('reset', 5);
    expect(await second.counters.getCount('reset')).toBe(5);
    expect(await settle()).toBe(5n);
  });

  test('set makes the total the value', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'set');
    await second.counters.set('set', 1000);
    expect(await first.counters.getCount('set')).toBe(1000);
    await first.counters.incr('set');
    expect(await settle()).toBe(1001n);
  });

  test('delete leaves no row once it is through', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'delete');
    await second.counters.delete('delete');
    expect(await first.counters.getCount('delete')).toBe(0);
    expect(await settle()).toBeUndefined();
    await first.counters.incr('delete', 2);
    expect(await second.counters.getCount('delete')).toBe(2);
  });

  test('increments after a deletion that is on its way are kept', async () => {
    const [first, second] = started();
    const { counters } = first;
    await counters.incr('deleted', 100);
    await counters.flush(['deleted']);
    await counters.delete('deleted');
    const release = await holdBatches(first);
    const flushed = counters.flush(['deleted']);
    await claimed(first, 'deleted');
    await second.counters.incr('deleted', 7);
    expect(await counters.getCount('deleted')).toBe(7);
    await release();
    await flushed;
    expect(await counters.getCount('deleted')).toBe(7);
    await counters.flush(['deleted']);
    expect(await first.row('deleted')).toBe(7n);
  });

  test('flush waits for it', async () => {
    const [first, second] = started();
    const settle = await inThreeParts(first, 'flush');
    let flushed = false;
    const flush = second.counters.flush().then(() => (flushed = true));
    await second.counters.getCount('flush');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(flushed).toBe(false);
    expect(await settle()).toBe(123n);
    await flush;
  });
});
