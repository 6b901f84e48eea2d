import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type World } from '../support/processes/world.js';
import { commitsBatch } from '../support/servers/postgres.js';
import { type ProxiedConnection, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);
const clear = { delay: 0, split: 0, swallow: 'nothing' } as const;

describe(
  'under load, over bad connections to the database, nothing is lost or counted twice',
  {
    timeout: 90_000,
  },
  () => {
    let proxy: TcpProxy;
    let world: World;
    let producer: CountingProcess;
    let worker: CountingProcess;

    beforeAll(async () => {
      world = await openWorld();
      proxy = await startTcpProxy(world.databaseUrl);
      [worker, producer] = await Promise.all([
        world.start({ databaseUrl: proxy.url, databaseTimeout: 1000 }),
        world.start({ workers: false, updateInterval: 20 }),
      ]);
      return async () => {
        await world.end();
        await proxy.stop();
      };
    });

    beforeEach(async () => {
      await producer.startLoad({ names, times: 5 });
      await progress();
    });

    async function progress(): Promise<void> {
      const { acknowledged } = await world.tally('counter:0');
      await expect.poll(() => world.row('counter:0')).toBeGreaterThan(acknowledged);
    }

    /** Goes on persisting, and ends with every increment counted once. */
    async function expectRecovery(): Promise<void> {
      await progress();
      expect((await producer.stopLoad()).failed).toEqual({});
      await expectCountedExactly(world, worker, names);
      expect(worker.reported('parked')).toEqual([]);
    }

    /** What becomes of a connection at the moment that a commit passes on it, so many times. */
    async function atCommits(times: number, harm: (at: ProxiedConnection) => void): Promise<void> {
      let harmed = 0;
      proxy.observe((chunk, direction, connection) => {
        if (direction !== 'toServer' || !commitsBatch(chunk) || harmed === times) return;
        harmed++;
        harm(connection);
      });
      await expect.poll(() => harmed).toBe(times);
      proxy.observe();
    }

    test('that are slow and deliver in small pieces', async () => {
      proxy.set({ delay: 10, split: 11 });
      await sleep(800);
      proxy.set(clear);
      await expectRecovery();
      await expectExactly(world.processes, {
        persistFailed: 'may',
        duplicateSkipped: 'may',
        ...mayFail('persist', 'read'),
      });
    });

    test.each(['FIN', 'RST'] as const)('that are cut in the middle, with %s', async (ending) => {
      let chunks = 0;
      proxy.observe((_chunk, _direction, connection) => {
        if (++chunks % 17 === 0) connection.cut(ending);
      });
      await expect.poll(() => chunks).toBeGreaterThan(17 * 20);
      proxy.observe();
      await expectRecovery();
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });

    test('that are cut when a commit is on its way', async () => {
      await atCommits(10, (connection) => connection.cut());
      await expectRecovery();
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });

    test('that are cut when a commit is done, and its answer is not here', async () => {
      const before = worker.reported('duplicateSkipped').length;
      await atCommits(10, (connection) => {
        connection.set({ swallow: 'toClient' });
        setTimeout(() => connection.cut(), 20);
      });
      await expectRecovery();
      // of a commit of nothing new, too, the answer may have been lost
      expect(worker.reported('duplicateSkipped').length).toBeGreaterThan(before);
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });

    test('that cannot be made for a while', async () => {
      proxy.refuse(true);
      proxy.cut();
      await sleep(700);
      proxy.refuse(false);
      await expectRecovery();
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });

    test('that never bring the answer to a commit', async () => {
      await atCommits(2, (connection) => connection.set({ swallow: 'toClient' }));
      await expectRecovery();
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });

    test('that never bring the commit to the database', async () => {
      await atCommits(2, (connection) => connection.set({ swallow: 'toServer' }));
      await expectRecovery();
      await expectExactly(world.processes, {
        ...mayFail('read'),
        duplicateSkipped: 'may',
        persistFailed: 'some',
        'outage persist': 'some',
        'recovery persist': 'some',
      });
    });
  },
);
