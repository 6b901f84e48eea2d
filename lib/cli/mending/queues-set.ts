import { forgetLedger } from '../../database/by-url/database-facts.js';
import { persistingRoom, groundOf } from '../../module/engine/assembly.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import { createCounterCache } from '../../cache/create-counter-cache.js';
import { type ChangeNote, ChangeNotes } from '../../queue/redis/change-note.js';
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
    'Where it breaks off, run it again: it goes on.',
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
    const { namespace: name } = observer.options;
    const notes = notesOf(opened);
    const begun = await notes.read();
    const before = begun?.before ?? namespace.queues;
    if (begun === undefined) {
      if (count === before) throw new Refusal(`The namespace has ${count} queues already`);
      await expectServers(opened);
    } else await expectSame(begun, count, opened);
    await expectNobody(opened);
    const most = Math.max(before, count);
    await withCache(opened, most, (cache) => expectNothingLeft(opened, cache, most));
    const keys = await keysOf(opened, notes.key, false);
    const what = `${plural(keys, 'key')} in Redis and the ledger of namespace ${name}`;
    const data = { namespace: name, before, queues: count, keys };
    const again = begun === undefined ? [] : ['This was begun before and broke off: it goes on'];
    if (!isMeant) {
      const text = [`Would remove ${what}, and set up ${plural(count, 'queue')}`, NOT_MEANT];
      return { data: { ...data, done: false }, text: [...again, ...text], exit: 0 };
    }
    for (const line of again) progress(line);
    const note = begun ?? { queues: count, before, database: await databaseOf(opened) };
    // a process with the former number may have run meanwhile
    const { settings } = await observer.ports.cache.look(0, []);
    if (begun?.isRemoved !== true || (settings !== undefined && settings.queues !== count)) {
      await notes.write({ ...note, isRemoved: false });
      progress(`removing ${what}`);
      await keysOf(opened, notes.key, true);
      progress('forgetting its batches');
      await forgetLedger(opened.dataSource, name);
      await notes.write({ ...note, isRemoved: true });
    }
    progress('setting up');
    await setUp(opened, count, (done) => progress(`${done} of ${plural(count, 'queue')} set up`));
    await notes.remove();
    const text = [
      `Namespace ${name} has ${plural(count, 'queue')}, by ${by}: start its processes with queue.count ${count}`,
    ];
    return { data: { ...data, done: true, by }, text, exit: 0 };
  },
};

function notesOf({ observer }: Opened): ChangeNotes {
  const { namespace, redis, commandTimeout } = observer.options;
  if (redis === undefined) throw new Refusal('Counts without Redis have no queues');
  return new ChangeNotes(new QueueClients(redis), namespace, commandTimeout);
}

/** What was begun knows this Redis; it must be the same change, and the same database. */
async function expectSame(begun: ChangeNote, count: number, opened: Opened): Promise<void> {
  if (begun.queues !== count) {
    throw new Refusal(
      `A change from ${begun.before} to ${begun.queues} queues was begun, and broke off: run "fastcounter queues set ${begun.queues} --yes" first`,
    );
  }
  if (begun.database === (await databaseOf(opened))) return;
  throw new Refusal('This was begun with another database: give that one. Nothing was changed');
}

const databaseOf = async ({ observer }: Opened): Promise<string> =>
  (await observer.ports.store.identify())?.identity ?? '';

async function expectNobody({ observer }: Opened): Promise<void> {
  const processes = await observer.ports.cache.processes();
  const running = processes.filter(({ age }) => age < PATIENCE);
  if (running.length === 0) return;
  const named = running.map(({ host, pid }) => `${host}:${pid}`).join(', ');
  throw new Refusal(
    `Stop all processes first: ${named} said within the last ${duration(PATIENCE)} that they run. Nothing was changed`,
  );
}

async function expectNothingLeft(
  { observer }: Opened,
  cache: CounterCache,
  partitions: number,
): Promise<void> {
  const { store } = observer.ports;
  const health = await Promise.all(partitionNumbers(partitions).map((it) => cache.sweep(it)));
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

/** Of the counts and of the queues, but for one. */
async function keysOf({ observer }: Opened, but: string, remove: boolean): Promise<number> {
  const { namespace, redis, queue, commandTimeout: timeout } = observer.options;
  let found = 0;
  for (const deployment of [redis, queue.redis]) {
    if (deployment === undefined) continue;
    const clients = new QueueClients(deployment);
    found += await namespaceKeys(clients, namespace, { remove, timeout, but });
  }
  return found;
}

/** So that a process with the former number is refused, and not the first to come. What is set up already stays. */
function setUp(opened: Opened, count: number, told: (done: number) => void): Promise<void> {
  return withCache(opened, count, async (cache) => {
    const { options, ports } = opened.observer;
    const changed = { ...options, queue: { ...options.queue, count } };
    const { setup } = persistingRoom(groundOf({ ...ports, cache }, changed));
    for (const partition of partitionNumbers(count)) {
      const { fence } = await cache.look(partition, []);
      if (fence === undefined) await setup.setUp(partition);
      told(partition + 1);
    }
  });
}

/** With so many queues. */
async function withCache<Answer>(
  { observer }: Opened,
  queues: number,
  run: (cache: CounterCache) => Promise<Answer>,
): Promise<Answer> {
  const { options, ports } = observer;
  const { namespace, commandTimeout, windows } = options;
  const settings = { namespace, queues, timeZone: windows.timeZone, commandTimeout };
  const cache = createCounterCache(ports.source, settings);
  try {
    return await run(cache);
  } finally {
    await cache.close();
  }
}
