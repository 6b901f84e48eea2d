import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { parseRedisUrl } from '../../../lib/cache/redis/clients/redis-connection.js';
import { loadBullMq } from '../../../lib/queue/bullmq/bullmq-package.js';
import { BullMqPlaces } from '../../../lib/queue/bullmq/bullmq-places.js';
import { BullMqQueue } from '../../../lib/queue/bullmq/bullmq-queue.js';
import { queueNames } from '../../../lib/queue/queue-settings.js';
import { QueueClients } from '../../../lib/queue/redis/queue-clients.js';
import { PARTITIONS, type QueueDriver } from '../persist-queue.conformance.js';

const NAMES = queueNames('PersistCounter', PARTITIONS);
const bullMq = await loadBullMq();

/** As the module makes them. */
const open: QueueDriver['open'] = ({ url, namespace, askedFor }, events) => {
  const clients = new QueueClients(parseRedisUrl(url));
  const settings = { namespace, clients, commandTimeout: 5000 };
  return new BullMqQueue(new BullMqPlaces(NAMES, settings, bullMq), { askedFor }, events);
};

const share: QueueDriver['share'] = ({ url, namespace }) => {
  // a dashboard has more rights
  const { host, port } = parseRedisUrl(url);
  const connection = new Redis({ host, port, maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const optionsOf = (partition: number) => ({
    connection,
    prefix: `fastcounter:{${namespace}:${partition}}::bullmq`,
  });
  const queues = NAMES.map((name, partition) => new Queue(name, optionsOf(partition)));
  for (const queue of queues) queue.on('error', () => undefined);
  const of = (partition: number): Queue => {
    const queue = queues[partition];
    if (queue === undefined) throw new RangeError(`no queue ${partition}`);
    return queue;
  };
  return {
    add: async (partition, data) => String((await of(partition).add('any', data)).id),
    failure: async (partition, id) =>
      (await connection.hget(of(partition).toKey(id), 'failedReason')) ?? undefined,
    pause: (partition) => of(partition).pause(),
    resume: (partition) => of(partition).resume(),
    takeAndDie: async (partition) => {
      const dying = new Worker(NAMES[partition] ?? '', null, {
        ...optionsOf(partition),
        autorun: false,
        lockDuration: 200,
      });
      const job = await dying.getNextJob(randomUUID(), { block: false });
      await dying.close(true);
      const id = String(job.id);
      const lock = of(partition).toKey(`${id}:lock`);
      await expect.poll(() => connection.exists(lock)).toBe(0);
      return id;
    },
    letLook: (partition) => connection.del(of(partition).toKey('stalled-check')),
    hasLooked: async (partition) =>
      (await connection.exists(of(partition).toKey('stalled-check'))) === 1,
    forget: async () => {
      for (const queue of queues) {
        const keys = await connection.keys(`${queue.toKey('')}*`);
        if (keys.length > 0) await connection.del(keys);
      }
    },
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      connection.disconnect();
    },
  };
};

export const onBullMq: QueueDriver = { name: 'on BullMQ', open, share };
