import Bull from 'bull';
import { expect } from 'vitest';
import { parseRedisUrl } from '../../../lib/cache/redis/clients/redis-connection.js';
import { adopt, bullOptions } from '../../../lib/queue/bull/bull-module.js';
import { BullQueue } from '../../../lib/queue/bull/bull-queue.js';
import { queueNames } from '../../../lib/queue/queue-settings.js';
import { QueueClients } from '../../../lib/queue/redis/queue-clients.js';
import { PARTITIONS, type Place, type QueueDriver } from '../persist-queue.conformance.js';

const NAMES = queueNames('PersistCounter', PARTITIONS);

/** As the module makes them. */
const open: QueueDriver['open'] = ({ url, namespace, askedFor }, events) => {
  const clients = new QueueClients(parseRedisUrl(url));
  const settings = { namespace, clients, commandTimeout: 5000 };
  const queues = NAMES.map((name, partition) => new Bull(name, bullOptions(settings, partition)));
  adopt(queues, clients);
  return new BullQueue(queues, { askedFor }, events);
};

const share: QueueDriver['share'] = ({ url, namespace }: Place) => {
  const { host, port, username, password } = parseRedisUrl(url);
  const redis = { host, port, username, password };
  const make = (partition: number, settings?: Bull.AdvancedSettings): Bull.Queue =>
    new Bull(NAMES[partition] ?? '', {
      prefix: `fastcounter:{${namespace}:${partition}}::bull`,
      redis,
      settings,
    });
  const queues = NAMES.map((_, partition) => make(partition));
  const of = (partition: number): Bull.Queue => {
    const queue = queues[partition];
    if (queue === undefined) throw new RangeError(`no queue ${partition}`);
    return queue;
  };
  for (const queue of queues) queue.on('error', () => undefined);
  return {
    add: async (partition, data) => String((await of(partition).add(data)).id),
    failure: async (partition, id) => (await of(partition).getJob(id))?.failedReason,
    pause: (partition) => of(partition).pause(),
    resume: (partition) => of(partition).resume(),
    takeAndDie: async (partition) => {
      const dying = make(partition, { lockDuration: 200, lockRenewTime: 60_000 });
      const job = await dying.getNextJob();
      await dying.close(true);
      const id = String(job?.id);
      const lock = of(partition).toKey(`${id}:lock`);
      await expect.poll(() => of(partition).client.exists(lock)).toBe(0);
      return id;
    },
    letLook: (partition) => of(partition).client.del(of(partition).toKey('stalled-check')),
    hasLooked: async (partition) =>
      (await of(partition).client.exists(of(partition).toKey('stalled-check'))) === 1,
    forget: () => Promise.all(queues.map(forget)),
    close: () => Promise.all(queues.map((queue) => queue.close())),
  };
};

async function forget(queue: Bull.Queue): Promise<void> {
  const parts = ['wait', 'active', 'delayed', 'paused', 'id', 'failed', 'completed'];
  const ids = await queue.client.zrange(queue.toKey('delayed'), 0, -1);
  await queue.client.del(...[...parts, ...ids].map((part) => queue.toKey(part)));
}

export const onBull: QueueDriver = { name: 'on Bull', open, share };
