import { forgetLedger } from '../../database/by-url/database-facts.js';
import { persistingRoom, groundOf } from '../../module/engine/assembly.js';
import { createCounterCache } from '../../cache/create-counter-cache.js';
import { namespaceKeys } from '../../queue/redis/namespace-keys.js';
import { QueueClients } from '../../queue/redis/queue-clients.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import type { Opened } from '../observer/open.js';
import { duration } from '../output/times.js';
import { plural } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';
import { expectServers, NOT_MEANT } from './before-changes.js';

const MOST = 100;

export const queuesSet: Verb = {
  name: 'queues set',
  takes: 'N',
  operands: { least: 1, most: 1 },
  does: 'Give a namespace another number of queues, while all its processes are stopped.',
  teaches: [
    'The steps of docs/procedures/number-of-queues.md, checked. Before: stop all processes in order, start one with workers that counts nothing, run ' +
      '"fastcounter flush --yes", and stop it. After: start all with the new queue.count.',
    'It refuses while a process was seen in the last 30 s, while something is pending or put aside, and while increments of transactions wait. Then it ' +
      'removes what Redis has of the namespace and what the ledger knows of its batches, and sets the namespace up with the new number. Idempotency ' +
      'keys and keys of incrOnce() are forgotten.',
    'It needs a user of Redis who may SCAN, and a role that may delete from the ledger.',
  ],
  options: {},
  examples: ['queues set 8', 'queues set 8 --yes'],
  writes: true,
  async run({ connect, operands: [given = ''], isMeant, by, progress }) {
    const count = Number(given);
    if (!/^\d{1,3}$/.test(given) || count < 1 || count > MOST) {
      throw new Refusal(`N must be a whole number from 1 to ${MOST}, not ${JSON.stringify(given)}`);
    }
    const opened = await connect();
    const { observer, namespace } = opened;
    if (count === namespace.queues) throw new Refusal(`The namespace has ${count} queues already`);
    await expectServers(opened);
    await expectNobody(opened);
    await expectNothingLeft(opened);
    const keys = await keysOf(opened, false);
    const { namespace: name } = observer.options;
    const what = `${plural(keys, 'key')} in Redis and the ledger of namespace ${name}`;
    const data = { namespace: name, before: namespace.queues, queues: count, keys };
    if (!isMeant) {
      const text = [`Would remove ${what}, and set up ${plural(count, 'queue')}`, NOT_MEANT];
      return { data: { ...data, done: false }, text, exit: 0 };
    }
    progress(`removing ${what}`);
    await keysOf(opened, true);
    await forgetLedger(opened.dataSource, name);
    progress('setting up');
    await setUp(opened, count);
    const text = [
      `Namespace ${name} has ${plural(count, 'queue')}, by ${by}: start its processes with queue.count ${count}`,
    ];
    return { data: { ...data, done: true, by }, text, exit: 0 };
  },
};

async function expectNobody({ observer }: Opened): Promise<void> {
  const processes = await observer.ports.cache.processes();
  const running = processes.filter(({ age }) => age < PATIENCE);
  if (running.length === 0) return;
  const named = running.map(({ host, pid }) => `${host}:${pid}`).join(', ');
  throw new Refusal(
    `Stop all processes first: ${named} said within the last ${duration(PATIENCE)} that they run. Nothing was changed`,
  );
}

async function expectNothingLeft({ observer }: Opened): Promise<void> {
  const { cache, store } = observer.ports;
  const health = await Promise.all(
    partitionNumbers(observer.options.queue.count).map((partition) => cache.sweep(partition)),
  );
  const sum = (of: (it: (typeof health)[number]) => number): number =>
    health.reduce((total, it) => total + of(it), 0);
  const pending = sum((it) => it.pending + (it.batchCounters ?? 0));
  if (pending > 0) {
    throw new Refusal(
      `${plural(pending, 'counter')} pending: start one process with workers that counts nothing, run "fastcounter flush --yes", and stop it. ` +
        'Nothing was changed',
    );
  }
  const aside = sum((it) => it.parked + it.overflowed + it.refused);
  if (aside > 0) {
    throw new Refusal('Something is put aside: see "fastcounter parked". Nothing was changed');
  }
  if (!(await store.outbox.exists())) return;
  const { waiting, refused } = await store.outbox.state();
  if (waiting + refused > 0) {
    throw new Refusal(
      `${waiting + refused} increments of transactions are not counted: see fast_counter_outbox. Nothing was changed`,
    );
  }
}

/** Of the counts and of the queues. */
async function keysOf({ observer }: Opened, remove: boolean): Promise<number> {
  const { namespace, redis, queue, commandTimeout: timeout } = observer.options;
  let found = 0;
  for (const deployment of [redis, queue.redis]) {
    if (deployment === undefined) continue;
    found += await namespaceKeys(new QueueClients(deployment), namespace, { remove, timeout });
  }
  return found;
}

/** So that a process with the former number is refused, and not the first to come. */
async function setUp({ observer }: Opened, count: number): Promise<void> {
  const { options, ports } = observer;
  const { namespace, commandTimeout, windows } = options;
  const settings = { namespace, queues: count, timeZone: windows.timeZone, commandTimeout };
  const cache = createCounterCache(ports.source, settings);
  const changed = { ...options, queue: { ...options.queue, count } };
  const { setup } = persistingRoom(groundOf({ ...ports, cache }, changed));
  try {
    for (const partition of partitionNumbers(count)) await setup.setUp(partition);
  } finally {
    await cache.close();
  }
}
