import { broken, OPS } from './settings.mjs';
import { addTo, partitionOf, step, sum } from './state.mjs';

/** Sends the first op that has no end, until it has one. */
export function* producer(s) {
  const op = s.ops.findIndex((state) => state === 'new' || state === 'cold');
  if (op < 0) return;
  const { name } = OPS[op];
  const index = partitionOf(name, s.producer);
  const partition = s.redis[index];
  if (partition.fence === null) return; // accepts nothing
  const end = (t, how) => {
    t.ops[op] = how;
    t.call = null;
  };
  if (partition.queues !== s.producer && !broken('no-queue-check')) {
    yield step(s, `op${op} refused: another number of queues`, (t) => end(t, 'unknown'));
    return;
  }
  if (s.ops[op] === 'cold' && s.call === null && partition.base[name] === null) return; // a reader warms it
  const moved = s.call !== null && s.call.generation !== partition.generation;
  if (moved && s.call.mayHaveRun && !broken('retry-into-new-generation')) {
    // Redis forgot whether it had this call: never send it again
    yield step(s, `op${op} outcome unknown`, (t) => end(t, 'unknown'));
    return;
  }
  for (const replied of [true, false])
    yield step(s, `op${op}${replied ? '' : ', reply lost'}`, (t) => {
      t.call ??= { seq: ++t.seq, mayHaveRun: false };
      t.call.generation = partition.generation;
      const { stored, ...answer } = add(t, t.redis[index], op);
      if (!replied) {
        t.call.mayHaveRun = true;
        return;
      }
      const uncertain = broken('any-stored-answer-is-certain')
        ? t.call.mayHaveRun && !stored
        : answer.uncertain;
      if (!answer.cold) end(t, 'acked');
      else end(t, uncertain ? 'unknown' : 'cold');
    });
}

/** The `add` script, with one operation. */
function add(t, partition, op) {
  const { seq, mayHaveRun } = t.call;
  const { client } = partition;
  if (client.seq === seq && !broken('no-producer-dedupe')) return { ...client, stored: true };
  const cold = !apply(t, partition, op);
  partition.client = { seq, cold, uncertain: mayHaveRun };
  return partition.client;
}

/** False when it needs the persisted value, which is not cached. */
function apply(t, { pending, base, batch, keys, deleted }, op) {
  const { name, kind } = OPS[op];
  const isPlain = kind === 'add' || kind === 'keyed';
  if (!isPlain && base[name] === null) return false;
  if (kind === 'keyed' && !broken('no-idempotency-keys')) {
    if (keys[name]) return true;
    keys[name] = true;
  }
  const adds = kind === 'reset' || kind === 'delete' ? {} : { [op]: 1 };
  let taken = {};
  if (!isPlain && kind !== 'addAndGet') {
    taken = sum(
      base[name],
      broken('set-ignores-the-batch') ? {} : batch?.deltas[name],
      pending[name],
    );
    addTo(t.truth[name], t.truth[name], -1);
  }
  pending[name] = addTo(sum(pending[name], adds), taken, -1);
  addTo(t.truth[name], adds);
  if (kind === 'delete' && !broken('delete-without-mark')) deleted[name] = true;
  else if (kind !== 'delete' && !broken('row-removed-whatever-came')) delete deleted[name];
  if (kind === 'delete') t.deletedLast[name] = true;
  else delete t.deletedLast[name];
  for (const reader of t.readers) if (reader && name === 'a') reader.truths.push({ ...t.truth.a });
  return true;
}
