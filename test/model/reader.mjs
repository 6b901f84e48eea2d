import { broken } from './settings.mjs';
import { isFaultless, park, partitionOf, persisted, step, sum } from './state.mjs';

/**
 * A reader of counter `a`: Redis first, then value and ledger in one statement, then maybe the cached
 * base. One that was overtaken looks again: a fence below the ledger that it read before proves that
 * Redis went back.
 */
export function* reader(s, r) {
  for (const [label, t] of next(s, r)) yield [`r${r} ${label}`, t];
}

function next(s, r) {
  const at = s.readers[r];
  if (!at || at.does === 'again') return look(s, r, at);
  return at.does === 'select' ? select(s, r, at) : fill(s, r, at);
}

const indexFor = (s) => partitionOf('a', s.queues);

function* look(s, r, at) {
  const index = indexFor(s);
  const { fence, base, batch, pending } = s.redis[index];
  if (fence === null) return;
  if (at && fence < at.ledger) {
    yield step(s, 'parks what Redis forgot', (t) => {
      park(t, index, at.ledger);
      t.readers[r] = null;
    });
    return;
  }
  if (base.a) {
    expectRead(s, 'warm', sum(base.a, batch?.deltas.a, pending.a), [s.truth.a]);
    return;
  }
  yield step(s, 'reads redis', (t) => {
    t.readers[r] = {
      does: 'select',
      fence,
      batch: batch && { seq: batch.seq, a: batch.deltas.a ?? {} },
      pending: pending.a ?? {},
      truths: [t.truth.a],
    };
  });
}

function* select(s, r, at) {
  const ledger = s.db.ledger[indexFor(s)].seq;
  // a batch claimed after the first look is in the value already
  if (ledger > at.fence && !broken('read-without-retry')) {
    yield step(s, 'starts over', (t) => {
      t.readers[r] = {
        does: 'again',
        ledger: broken('park-by-fence-alone') ? ledger + 1 : ledger,
        truths: [],
      };
    });
    return;
  }
  const value = persisted(s, 'a');
  const open = at.batch && ledger < at.batch.seq ? at.batch.a : {};
  expectRead(s, 'cold', sum(value, open, at.pending), at.truths);
  yield step(s, 'reads the db', (t) => {
    const { fence, batch } = at;
    t.readers[r] = { does: 'fill', fence, batch, ledger, value, truths: [] };
  });
}

function* fill(s, r, at) {
  yield step(s, 'fills the base', (t) => {
    const partition = t.redis[indexFor(s)];
    const { batch: open, fence } = partition;
    const excludesOpenBatch = open
      ? at.batch && at.ledger < open.seq
      : !at.batch || at.ledger === at.batch.seq;
    const carelessly = broken('fill-without-check') && (!open || at.ledger < open.seq);
    if (fence === at.fence && (excludesOpenBatch || carelessly)) partition.base.a = at.value;
    t.readers[r] = null;
  });
}

function expectRead(s, how, value, truths) {
  // between a rewind and its discovery a read may count twice; the database never does
  if (!s.rewinds && Object.values(value).some((times) => times > 1))
    throw new Error(`a ${how} read counts an op twice: ${JSON.stringify(value)}`);
  if (!isFaultless(s)) return;
  if (truths.some((truth) => JSON.stringify(truth) === JSON.stringify(value))) return;
  throw new Error(
    `a ${how} read answers ${JSON.stringify(value)}, which it never was: ${JSON.stringify(truths)}`,
  );
}
