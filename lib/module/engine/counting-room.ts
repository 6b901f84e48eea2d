import { randomUUID } from 'node:crypto';
import { IncrementBuffer } from '../../counting/buffer/increment-buffer.js';
import { Increments } from '../../counting/buffer/increments.js';
import { CounterMoves } from '../../counting/correcting/counter-moves.js';
import { CountingPlaces } from '../../counting/outbox/counting-places.js';
import { OutboxRelay } from '../../counting/outbox/outbox-relay.js';
import { RowCounter } from '../../counting/outbox/row-counter.js';
import { TransactionalIncrements } from '../../counting/outbox/transactional-increments.js';
import { FormerKeys } from '../../counting/sending/former-keys.js';
import { NewCounterLimits } from '../../counting/sending/new-counter-limits.js';
import { PartitionCaller } from '../../counting/sending/partition-caller.js';
import { Pace } from '../../counting/sending/pace.js';
import { partitionNumbers } from '../../words/partitioner.js';
import type { CountingRoom, Ground, PersistingRoom, ReadingRoom } from './rooms.js';

export function countingRoom(
  { ports, options, partitionOf, windows }: Ground,
  { setup, settings, losses, sweeper }: PersistingRoom,
  { reader, existing, families }: ReadingRoom,
  persist: (names: readonly string[]) => Promise<void>,
  Buffer = IncrementBuffer,
): CountingRoom {
  const { cache, store, queue, events, source } = ports;
  const { newCounterLimits, maxBufferedNames, updateInterval } = options;
  const calling = { cache, setup, settings, outages: events.outages, client: randomUUID() };
  const callers = partitionNumbers(options.queue.count).map(
    (partition) => new PartitionCaller(partition, calling),
  );
  const among = (names: Iterable<string>) => existing.among(names);
  const warm = (names: Iterable<string>) => reader.warm(names);
  const newCounters = new NewCounterLimits(newCounterLimits, among, events);
  const pace = new Pace(cache, options.linger);
  const bucketsOf = (names: readonly string[]) => families.bucketsOf(names);
  const formerKeys = new FormerKeys(cache, partitionOf);
  const sending = { queue, events, warm, bucketsOf, formerKeys, newCounters, losses, pace };
  const buffered = { partitionOf, windows, limit: maxBufferedNames };
  const buffer = new Buffer(callers, sending, buffered);
  const embedded = source.kind === 'memory' ? randomUUID() : undefined;
  const { outbox } = store;
  const rows = new RowCounter(
    {
      ...{ outbox, buffer, events, persist, keepsCounts: embedded === undefined },
      knows: async (name, id) =>
        (await cache.knownKey(partitionOf(name), [name], { row: { id } })) !== undefined,
      places: new CountingPlaces({
        ...{ cache, store, partitionOf, partitions: partitionNumbers(options.queue.count) },
        setUp: (partition) => setup.setUp(partition),
        identity: async () => embedded ?? (await cache.identity(randomUUID())) ?? '',
      }),
    },
    // a call that counts may take that long
    { updateInterval, repeatable: options.idempotencyTtl - options.acknowledgeTimeout },
  );
  const leads = (): boolean => sweeper.leads;
  const relay = new OutboxRelay({ outbox, events, rows, leads }, options.sweepInterval);
  const moves = new CounterMoves({
    ...{ cache, queue, outbox, buffer, events, families, partitionOf, flush: persist },
    setUp: (partition) => setup.setUp(partition),
    settle: () => relay.settle(),
  });
  const transactional = new TransactionalIncrements(outbox, relay);
  const increments = new Increments(
    ...([buffer, events, updateInterval, transactional, options.windows.acceptPast] as const),
  );
  return { callers, newCounters, buffer, increments, relay, moves };
}
