import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import type { ProcessConfiguration } from '../support/processes/protocol.js';
import { post } from '../support/processes/requests.js';
import { createWorld, openWorld, type World } from '../support/processes/world.js';
import { type Ending, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, mayFail, outageOf } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);
const clear = { delay: 0, split: 0, swallow: 'nothing' } as const;
const clients: Required<Pick<ProcessConfiguration, 'client'>>['client'][] = [
  'node-redis',
  'iovalkey',
];

describe.each(clients)(
  'under load, over bad connections of %s, nothing is lost or counted twice',
  (client) => {
    let proxy: TcpProxy;
    let world: World;
    let producer: CountingProcess;
    let worker: CountingProcess;

    beforeAll(async () => {
      proxy = await startTcpProxy(inject('redisAdminUrl'));
      world = await openWorld({ redisUrl: proxy.url });
      // nobody gives up while Redis is away, so that no outcome is unknown
      const options = { client, commandTimeout: 1000, acknowledgeTimeout: 60_000 };
      [worker, producer] = await Promise.all([
        world.start(options),
        world.start({ ...options, workers: false, http: 'graceful' }),
      ]);
      return async () => {
        await world.end();
        await proxy.stop();
      };
    });

    beforeEach(async () => {
      await producer.startLoad({ names, times: 5 });
    });

    /** Goes on counting and persisting, and ends with every increment counted once. */
    async function expectRecovery(): Promise<void> {
      await progress();
      expect((await producer.stopLoad()).failed).toEqual({});
      await expectCountedExactly(world, worker, names);
      for (const process of [producer, worker]) {
        expect(process.reported('parked')).toEqual([]);
        expect(process.reported('redisLostWrites')).toEqual([]);
      }
    }

    async function progress(): Promise<void> {
      const { acknowledged } = await world.tally('counter:0');
      await expect.poll(() => world.row('counter:0')).toBeGreaterThan(acknowledged);
    }

    async function expectToAnswer(): Promise<void> {
      for (let i = 0; i < 5; i++) {
        expect(await post(`${producer.url}/alive`)).toBe(201);
        expect(await post(`${producer.url}/forgotten/forgotten`)).toBe(204);
      }
    }

    test('that are slow and deliver in small pieces', async () => {
      proxy.set({ delay: 20, split: 7 });
      await sleep(800);
      await expectToAnswer();
      proxy.set(clear);
      await expectRecovery();
      await expectExactly([worker, producer], {
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
        duplicateSkipped: 'may',
      });
    });

    test.each(['FIN', 'RST'] as const)('that are cut in the middle, with %s', async (ending) => {
      await cutNowAndThen(proxy, ending);
      await expectToAnswer();
      await expectRecovery();
      await expectExactly([worker, producer], {
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
        duplicateSkipped: 'may',
      });
    });

    test('that cannot be made for a while', async () => {
      proxy.refuse(true);
      proxy.cut();
      await sleep(700);
      await expectToAnswer();
      proxy.refuse(false);
      await expectRecovery();
      await expectExactly([worker, producer], {
        ...mayFail('write', 'read', 'persist', 'queue'),
        persistFailed: 'may',
        duplicateSkipped: 'may',
        'outage write': 'once',
        'recovery write': 'once',
      });
    });

    test.each(['toClient', 'toServer', 'both'] as const)(
      'that are half-open and swallow %s',
      async (swallow) => {
        // new ones are good
        for (const connection of proxy.connections) connection.set({ swallow });
        await expectToAnswer();
        await expectRecovery();
        await expectExactly([worker, producer], {
          ...mayFail('write', 'read', 'persist', 'queue'),
          persistFailed: 'may',
          duplicateSkipped: 'may',
        });
      },
    );
  },
);

describe('half-open connections of the queues alone', () => {
  test('do not keep increments from the rows, and are replaced', async () => {
    const proxy = await startTcpProxy(inject('redisUrl'));
    onTestFinished(() => proxy.stop());
    const world = await createWorld();
    const worker = await world.start({ queue: { redis: proxy.url, count: 1 } });
    await worker.startLoad({ names, times: 5 });
    await expect.poll(() => world.row('counter:0')).toBeGreaterThan(0n);

    const { accepted } = proxy;
    for (const connection of proxy.connections) connection.set({ swallow: 'both' });
    const { acknowledged } = await world.tally('counter:0');
    await expect.poll(() => world.row('counter:0')).toBeGreaterThan(acknowledged);
    await expect.poll(() => proxy.accepted).toBeGreaterThanOrEqual(accepted + 3);
    expect((await worker.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, worker, names);
    const waiting = async () => (await worker.status()).partitions[0]?.jobs?.waiting;
    await expect.poll(waiting).toBe(0);
    await expectExactly(world.processes, { ...outageOf('queue') });
  });
});

/** Cuts a connection in the middle of what it carries, thirty times. */
async function cutNowAndThen(proxy: TcpProxy, ending: Ending): Promise<void> {
  let cuts = 0;
  let chunks = 0;
  proxy.observe((_chunk, direction, connection) => {
    if (++chunks % 7 !== 0) return;
    cuts++;
    // half of the time what was asked for is done, and the answer is lost
    if (direction === 'toServer') setImmediate(() => connection.cut(ending));
    else connection.cut(ending);
  });
  await expect.poll(() => cuts).toBeGreaterThan(30);
  proxy.observe();
}
