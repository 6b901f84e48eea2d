import { broken, BUDGET, STRAGGLER } from './settings.mjs';
import { freshRedis, NAMES, step } from './state.mjs';

export function* faults(s) {
  if (s.wipes < BUDGET.wipes)
    yield step(s, 'REDIS WIPED', (t) => {
      t.redis = freshRedis();
      t.snapshot = null;
      t.wipes++;
    });
  if (s.rewinds < BUDGET.rewinds)
    yield s.snapshot
      ? step(s, 'REDIS REWINDS', (t) => {
          t.redis = t.snapshot;
          t.snapshot = null;
          t.rewinds++;
        })
      : step(s, 'replica falls behind', (t) => {
          t.snapshot = t.redis;
        });
  if (s.changes < BUDGET.changes) yield* changeQueues(s);
  // the worker died or stands still, or its clock or that of Redis is wrong
  for (const [index, { held }] of s.redis.entries())
    if (held)
      yield step(s, 'a lease runs out', (t) => {
        t.redis[index].held = false;
      });
}

/** As QueueCountMismatchError tells: stop, flush, delete the keys, start with the new number. */
function* changeQueues(s) {
  const isFlushed = s.redis.every(
    ({ batch, pending }) => !batch && NAMES.every((name) => !pending[name]),
  );
  if (!isFlushed && !broken('change-without-flush')) return;
  yield step(s, 'NUMBER OF QUEUES CHANGED', (t) => {
    t.redis = freshRedis();
    t.queues = 3 - t.queues;
    t.workers.fill(null);
    t.readers.fill(null);
    t.changes++;
    if (STRAGGLER) return;
    t.producer = t.queues;
    // its callers are gone, or do not know
    const sent = t.ops.findIndex((state) => state === 'new' || state === 'cold');
    if (t.call !== null) t.ops[sent] = 'unknown';
    t.call = null;
  });
}
