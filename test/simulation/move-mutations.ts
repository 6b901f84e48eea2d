import type { Batch, Operation } from '../../lib/cache/counter-cache.js';
import type { OutboxRow } from '../../lib/database/outbox/outbox.js';
import { parseName } from '../../lib/words/bucket-name.js';
import { changing, except } from './changed-cache.js';
import type { DatabaseServer } from './database-server.js';
import type { Mutation } from './mutations.js';
import { NAMES } from './renaming-client.js';
import type { Settings } from './settings.js';

const RENAMING: Partial<Settings> = { faultless: false, renames: true };
/** Milliseconds: over with the call that renames, about. */
const SHORT = 100;

const isMoved = (name: string): boolean => NAMES.includes(parseName(name).counter);

/** Rules by which what was counted gets another name, left out. */
export const MOVE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  'rename-in-two-steps': inTwoSteps(),
  'moved-rows-removed-when-counted': removedWhenCounted(),
  /** What comes later stays under the old name. */
  'nothing-follows': {
    settings: RENAMING,
    server: ({ cache }) =>
      except(cache, {
        move: (partition, request) => {
          const { lasting } = request;
          const shorter = typeof lasting === 'number' ? Math.min(lasting, SHORT) : lasting;
          return cache.move(partition, { ...request, lasting: shorter });
        },
      }),
  },
  /** Nobody looks for a key under former names of its counter. */
  'keys-do-not-follow': {
    settings: RENAMING,
    server: ({ cache }) => changing(cache, (operation) => ({ ...operation, isAskedFor: true })),
  },
  'former-keys-taken-back-by-each': subtractedByEach(),
};

/** What is taken back of a former name: increments of clients are above zero. */
const isSubtraction = ({ once, value }: Operation): boolean =>
  once !== undefined && value.startsWith('-');

/** What a key counted under a former name is subtracted by each who finds it. */
function subtractedByEach(): Mutation {
  let calls = 0;
  return {
    settings: { ...RENAMING, losses: [], calls: 6, crashes: 1, life: 250, span: 1000 },
    server: ({ cache }) =>
      changing(cache, (operation) => {
        const { once } = operation;
        if (once === undefined || !isSubtraction(operation)) return operation;
        return { ...operation, once: { ...once, key: `${once.key} ${++calls}` } };
      }),
  };
}

/** The row is removed in the transaction of the batch, and gets into the outbox by the next one, of the worker that has the answer. */
function inTwoSteps(): Mutation {
  const removed = new Map<string, readonly OutboxRow[]>();
  let outbox: DatabaseServer['outbox'] | undefined;
  return {
    settings: RENAMING,
    database: (database) => {
      removed.clear();
      ({ outbox } = database);
      database.moveOut = ({ nonce }: Batch, rows) => removed.set(nonce, rows);
    },
    store: (store) =>
      Object.assign(Object.create(store) as typeof store, {
        apply: async (partition: number, batch: Batch) => {
          const result = await store.apply(partition, batch);
          if (result.status === 'applied') {
            outbox?.commit({ rows: [...(removed.get(batch.nonce) ?? [])] });
          }
          return result;
        },
      }),
  };
}

/** What was taken from another row leaves the outbox as soon as Redis has it. */
function removedWhenCounted(): Mutation {
  let outbox: DatabaseServer['outbox'] | undefined;
  return {
    settings: { ...RENAMING, losses: ['wipe', 'wipe'] },
    database: (database) => ({ outbox } = database),
    server: ({ cache }) =>
      except(cache, {
        add: async (partition, request) => {
          const answer = await cache.add(partition, request);
          if (answer.status !== 'applied') return answer;
          const keys = request.operations.flatMap(({ name, row }) =>
            isMoved(name) && row !== undefined ? [row.id] : [],
          );
          outbox?.remove(keys);
          return answer;
        },
      }),
  };
}
