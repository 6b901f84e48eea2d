import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import Bull from 'bull';
import { expect, inject, onTestFinished, test } from 'vitest';
import { CounterEvents } from '../../lib/events.js';
import { BullQueue } from '../../lib/queue/bull/bull-queue.js';

const NAMES = ['PersistCounter0', 'PersistCounter1'];

/** What Bull's types leave out. */
interface UntypedQueue {
  closing?: Promise<unknown>;
  moveToActive(id?: string): Promise<unknown>;
}

function queuesOf(prefix: string) {
  const { hostname, port } = new URL(inject('redisAdminUrl'));
  const bulls = NAMES.map(
    (name) => new Bull(name, { prefix, redis: { host: hostname, port: Number(port) } }),
  );
  const cache = { askedFor: () => Promise.resolve(undefined) };
  const queue = new BullQueue(bulls, cache, new CounterEvents());
  return { bulls, queue, untyped: bulls as unknown as UntypedQueue[] };
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('a job that was on its way to a worker as it began to close does not run there, but at another', async () => {
  const prefix = `closing-${randomUUID()}`;
  const { bulls, queue, untyped } = queuesOf(prefix);
  const begun: number[] = [];
  const [fetching, fetched, busy] = [gate(), gate(), gate()];
  const [slow] = untyped;
  const moveToActive = slow?.moveToActive.bind(slow);
  Object.assign(slow ?? {}, {
    moveToActive: async (id?: string) => {
      const job = await moveToActive?.(id);
      if (!job) return job;
      fetching.open();
      await fetched.opened;
      return job;
    },
  });
  queue.work(async (partition) => {
    begun.push(partition);
    if (partition === 1) await busy.opened;
    return undefined;
  });
  await bulls[1]?.add({ partition: 1 });
  await expect.poll(() => begun).toEqual([1]);
  await bulls[0]?.add({ partition: 0 });
  await fetching.opened;

  // it waits for the run of the other partition
  const closed = queue.close(20_000);
  while (slow?.closing === undefined) await turn();
  fetched.open();
  const other = queuesOf(prefix);
  onTestFinished(() => other.queue.close(1000));
  const elsewhere: number[] = [];
  other.queue.work((partition) => {
    elsewhere.push(partition);
    return Promise.resolve(undefined);
  });
  await expect.poll(() => elsewhere).toContain(0);
  expect(begun).toEqual([1]);
  busy.open();
  await closed;
  expect(begun).toEqual([1]);
});
