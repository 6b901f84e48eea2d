import type { AddRequest, CounterCache, Operation } from '../../lib/cache/counter-cache.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import { changing, except } from './changed-cache.js';
import { DATABASE_MUTATIONS } from './database-mutations.js';
import { leaseDecides } from './lease-decides.js';
import { MOVE_MUTATIONS } from './move-mutations.js';
import type { DatabaseServer } from './database-server.js';
import type { RedisServer } from './redis-server.js';
import type { Settings } from './settings.js';

/** One rule of the protocol, left out: the checker has to notice. */
export interface Mutation {
  /** In front of the shared state. */
  server?: (redis: RedisServer) => CounterCache;
  /** Between one process and its network. */
  client?: (cache: CounterCache) => CounterCache;
  database?: (database: DatabaseServer) => void;
  /** Between one process and the database. */
  store?: (store: CounterStore) => CounterStore;
  sweepInterval?: number;
  /** Of runs in which the rule is needed often. */
  settings?: Partial<Settings>;
}

/** Many calls, and batches all the time. */
const BUSY: Partial<Settings> = { faultless: false, calls: 40, intervals: [0] };

/** Beyond any fence, so that no ledger overtakes what was looked at. */
const FAR = 1_000_000;

export const NO_MUTATION: Mutation = {};

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  /** Every batch that comes is added, also one that was added before. */
  'no-ledger': {
    database: (database) => {
      const apply = database.apply.bind(database);
      database.apply = (namespaces, partition, batch) => {
        database.forget(partition, batch);
        return apply(namespaces, partition, batch);
      };
    },
  },
  /** The ledger knows the seq of its last batch, but not which batch it was. */
  'no-nonce': {
    settings: { ...BUSY, losses: ['rewind', 'rewind'] },
    database: (database) => {
      const apply = database.apply.bind(database);
      database.apply = (namespaces, partition, batch) => {
        const result = apply(namespaces, partition, batch);
        if (result.status !== 'superseded') return result;
        const { values } = database.read(
          namespaces,
          batch.entries.map(({ name }) => name),
          [],
        );
        return { status: 'repeated', values, leftOut: [], missing: 0 };
      };
    },
  },
  /** Every attempt of a call looks like a call of its own. */
  'no-producer-dedupe': {
    client: (cache) => {
      let attempts = 0;
      const add = (partition: number, request: AddRequest): ReturnType<CounterCache['add']> => {
        const client = `${request.client} ${++attempts}`;
        return cache.add(partition, { ...request, client, acknowledged: 0 });
      };
      return except(cache, { add });
    },
  },
  /** What a process sent that ended in order is forgotten at once. */
  'no-retired-senders': {
    settings: { ...BUSY, losses: [], crashes: 0, shutdowns: 1, commandTimeout: 100 },
    server: ({ cache, states }) =>
      except(cache, {
        retire: (partition, client) => {
          states.partition(partition).clients.delete(client);
          return Promise.resolve();
        },
      }),
  },
  /** Nobody looks for what is overdue. */
  'no-sweeper': { sweepInterval: 60_000 },
  /** A call is accepted in whatever generation. */
  'no-generation-check': {
    settings: { ...BUSY, losses: ['wipe', 'wipe'] },
    server: ({ cache, states }) =>
      except(cache, {
        add: (partition, request) => {
          const { generation } = states.partition(partition);
          return cache.add(partition, { ...request, generation });
        },
      }),
  },
  /** An acknowledgement drops whatever batch is open. */
  'ack-any-batch': {
    settings: { ...BUSY, processes: [true, true, true] },
    server: ({ cache, states }) =>
      except(cache, {
        acknowledge: (partition, request) => {
          const nonce = states.partition(partition).batch?.nonce ?? request.nonce;
          return cache.acknowledge(partition, { ...request, nonce });
        },
      }),
  },
  /** A value is cached, whatever happened since it was read. */
  'fill-without-check': {
    server: ({ cache, states }) =>
      except(cache, {
        fill: (partition, fill) => {
          const { fence = 0, generation, batch } = states.partition(partition);
          const batchSeq = batch?.seq;
          const ledgerSeq = batchSeq === undefined ? fill.ledgerSeq : batchSeq - 1;
          return cache.fill(partition, { ...fill, fence, generation, batchSeq, ledgerSeq });
        },
      }),
  },
  /** A batch that was claimed and persisted since the look does not matter. */
  'read-without-retry': {
    client: (cache) =>
      except(cache, {
        look: async (partition, names) => {
          const look = await cache.look(partition, names);
          return look.fence === undefined ? look : { ...look, fence: look.fence + FAR };
        },
        fill: (partition, fill) => cache.fill(partition, { ...fill, fence: fill.fence - FAR }),
      }),
  },
  /** A partition that lost its memory begins at the same seq each time. */
  'seed-from-zero': {
    server: ({ cache }) =>
      except(cache, {
        reserve: (partition, ledger, generation) =>
          cache.reserve(partition, { ...ledger, seq: -1 }, generation),
      }),
    database: (database) => {
      database.seed = () => undefined;
    },
  },
  /** A fence is set before its seq is in the ledger. */
  'seed-before-commit': {
    client: (cache) =>
      except(cache, {
        reserve: async (partition, ledger, generation) => {
          const reserved = await cache.reserve(partition, ledger, generation);
          if (reserved !== undefined) await cache.seed(partition, reserved);
          return reserved;
        },
      }),
  },
  /** What is replayed stays parked, too. */
  'replay-keeps': {
    settings: { ...BUSY, losses: ['rewind'] },
    server: ({ cache, states }) =>
      except(cache, {
        replay: (partition, id, fields) => {
          const { parked } = states.partition(partition);
          const parcel = parked.get(id);
          const kept = parcel && { ...parcel, deltas: new Map(parcel.deltas) };
          const answer = cache.replay(partition, id, fields);
          if (kept !== undefined) parked.set(id, kept);
          return answer;
        },
      }),
  },
  /** What stands under a seq that the database knows for another batch stays where it is. */
  'no-parking': {
    settings: { ...BUSY, losses: ['rewind', 'rewind'] },
    server: ({ cache }) => except(cache, { park: () => Promise.resolve(false) }),
  },
  /** An exact write adds, as if the counter had been at zero. */
  'set-adds': {
    server: ({ cache }) =>
      changing(cache, (operation) =>
        operation.kind === 'set' ? { ...operation, kind: 'add', total: true } : operation,
      ),
  },
  /** What is in the hands of a worker is applied without a look at the ledger. */
  'lease-decides': leaseDecides(),
  /** What comes behind an operation that waits for its base does not wait. */
  overtaking: {
    server: ({ cache }) =>
      except(cache, {
        add: (partition, request) => {
          const order = request.operations.map((_, index) => index);
          const isPlain = (index: number): boolean => {
            const { kind, total, bounds } = request.operations[index] as Operation;
            return kind === 'add' && !total && bounds === undefined;
          };
          const changed = [...order.filter(isPlain), ...order.filter((it) => !isPlain(it))];
          const operations = changed.map((index) => request.operations[index] as Operation);
          return cache.add(partition, { ...request, operations }).then((answer) => {
            if (answer.status !== 'applied') return answer;
            const outcomes = new Map(
              [...answer.outcomes].map(([place, outcome]) => [changed[place] ?? place, outcome]),
            );
            return { ...answer, outcomes };
          });
        },
      }),
  },
  /** A bound is for nothing. */
  'no-bounds': {
    server: ({ cache }) => changing(cache, (operation) => ({ ...operation, bounds: undefined })),
  },
  /** What counts once is added without a look at its key. */
  'count-once-without-its-key': {
    server: ({ cache }) =>
      changing(cache, (operation) =>
        operation.kind === 'add' ? { ...operation, once: undefined } : operation,
      ),
  },
  /** What is taken back is added as if its key had never counted, each time. */
  'undo-each-time': {
    server: ({ cache }) =>
      changing(cache, (operation) =>
        operation.kind === 'undo'
          ? { ...operation, kind: 'add', value: '-1', once: undefined }
          : operation,
      ),
  },
  ...DATABASE_MUTATIONS,
  ...MOVE_MUTATIONS,
  /** Everything is due later than its caller was promised. */
  'due-too-late': {
    server: ({ cache }) =>
      changing(cache, (operation) => ({ ...operation, interval: operation.interval + 400 })),
  },
};

/** What only saves work: without it nothing goes wrong. */
export const HARMLESS: Readonly<Record<string, Mutation>> = {
  /** Whoever asks has the open batch. */
  'no-lease': {
    server: ({ cache, states }) =>
      except(cache, {
        claim: (partition, request) => {
          const { batch } = states.partition(partition);
          if (batch !== undefined) batch.until = 0;
          return cache.claim(partition, request);
        },
      }),
  },
  /** Every process sweeps. */
  'all-lead': {
    server: ({ cache }) =>
      except(cache, { lead: () => Promise.resolve({ leftFor: 0, isDeputy: false }) }),
  },
};
