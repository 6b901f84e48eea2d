import { broken, BUDGET, DURABLE, STRAGGLER } from './settings.mjs';
import { addTo, isEmpty, isFaultless, NAMES, park, persisted, step } from './state.mjs';

/** Left out: a worker that holds a batch tries it for the first time without a look at the ledger. */
const HELD = broken('lease-decides') ? { alone: true } : {};

/** A process that seeds what is not seeded, and persists: claim, transaction, acknowledge. */
export function* worker(s, w) {
  const at = s.workers[w];
  yield* at ? goOn(s, w, at) : begin(s, w);
  if (at && s.crashes < BUDGET.crashes)
    yield step(s, `worker crashes that ${at.does}s`, (t) => {
      t.workers[w] = null;
      t.crashes++;
    });
}

function* begin(s, w) {
  for (const [index, partition] of s.redis.entries()) {
    if (partition.fence === null) yield* reserve(s, w, index);
    else if (!partition.batch) yield* claim(s, w, index);
    else if (!partition.held)
      yield step(s, `takes batch ${partition.batch.seq}${at(index)}`, (t) => {
        t.redis[index].held = true;
        t.workers[w] = { does: 'persist', index, batch: partition.batch, ...HELD };
      });
  }
}

/** Under the ledger row's lock, with no fence there: one seq for both; the commit can fail. */
function* reserve(s, w, index) {
  if (s.seedings === BUDGET.seedings) return;
  const numbers = new Set(STRAGGLER ? [s.queues, s.producer] : [s.queues]);
  for (const queues of numbers) {
    // partition 0 exists for every number, and remembers it
    const isOther = index > 0 && s.redis[0].queues !== queues;
    if (index >= queues || (isOther && !broken('no-queue-check'))) continue;
    for (const committed of [true, false])
      yield step(s, `reserves${at(index)}${committed ? '' : ', commit fails'}`, (t) => {
        const ledger = t.db.ledger[index];
        const seq = broken('seed-from-zero') ? 0 : ledger.seq + 1;
        const generation = t.next++;
        t.seedings++;
        t.redis[index].reserved = { seq, generation };
        const activates = committed || broken('activate-what-failed');
        if (committed && !broken('seed-from-zero')) t.db.ledger[index] = { seq, nonce: 0 };
        if (activates) t.workers[w] = { does: 'activate', index, generation, queues };
      });
  }
}

function* claim(s, w, index) {
  const { pending } = s.redis[index];
  for (const names of [['a'], ['b'], ['a', 'b']]) {
    if (!names.every((name) => pending[name])) continue;
    yield step(s, `claims ${names}${at(index)}`, (t) => {
      const partition = t.redis[index];
      const deltas = {};
      const removals = {};
      for (const name of names) {
        deltas[name] = partition.pending[name];
        partition.pending[name] = null;
        if (partition.deleted[name]) removals[name] = true;
        delete partition.deleted[name];
      }
      partition.fence += 1;
      partition.batch = { seq: partition.fence, nonce: t.next++, deltas, removals };
      partition.held = true;
      t.workers[w] = { does: 'persist', index, batch: partition.batch, ...HELD };
      if (DURABLE) t.snapshot = null; // no older state can come back any more
    });
  }
}

function* goOn(s, w, { does, index, batch, generation, queues, seq, alone }) {
  if (does === 'activate')
    yield step(s, `activates${at(index)}`, (t) => {
      const partition = t.redis[index];
      const { reserved, fence } = partition;
      const isOwn = reserved?.generation === generation || broken('activate-any-reservation');
      if (fence === null && reserved && isOwn)
        Object.assign(partition, { fence: reserved.seq, generation, queues, reserved: null });
      t.workers[w] = null;
    });
  else if (does === 'persist')
    for (const known of [true, false])
      yield step(s, `persists batch ${batch.seq}${known ? '' : ', outcome unknown'}`, (t) => {
        const next = transaction(t, index, batch, alone);
        const ledgerSeq = t.db.ledger[index].seq;
        t.workers[w] = known
          ? { does: next, index, batch, seq: ledgerSeq }
          : { does, index, batch };
      });
  else if (does === 'acknowledge')
    yield step(s, `acknowledges batch ${batch.seq}`, (t) => {
      const partition = t.redis[index];
      if (partition.batch?.nonce === batch.nonce || broken('ack-any-batch')) {
        for (const name of NAMES)
          if (partition.base[name]) addTo(partition.base[name], batch.deltas[name]);
        partition.batch = null;
        partition.held = false;
      }
      t.workers[w] = null;
    });
  else
    yield step(s, `finds batch ${batch.seq} superseded`, (t) => {
      // if not, it is a stale worker
      if (t.redis[index].batch?.nonce === batch.nonce) park(t, index, seq);
      t.workers[w] = null;
    });
}

/** Answers what to do next. */
function transaction(t, index, batch, alone) {
  const { ledger, applied, rows } = t.db;
  const { seq, nonce } = ledger[index];
  if (batch.seq <= seq && !broken('no-ledger') && !alone)
    return batch.nonce === nonce ? 'acknowledge' : 'resolve';
  if (batch.seq > seq + 1 && isFaultless(t)) throw new Error('a gap, though nothing was lost');
  for (const [name, delta] of Object.entries(batch.deltas)) {
    addTo(applied, delta);
    if (!isEmpty(delta)) rows[name] = true;
    if (!batch.removals[name]) continue;
    const removed = persisted(t, name);
    if (isEmpty(removed)) delete rows[name];
    else if (broken('row-removed-whatever-came')) addTo(applied, removed, -1);
  }
  ledger[index] = { seq: batch.seq, nonce: batch.nonce };
  return 'acknowledge';
}

const at = (index) => (index === 0 ? '' : ` in partition ${index}`);
