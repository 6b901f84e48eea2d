import { NAMES, isEmpty, isFaultless, persisted, sum } from './state.mjs';
import { OPS } from './settings.mjs';

export function invariants(s) {
  for (const [op, times] of Object.entries(s.db.applied))
    if (times !== 1) throw new Error(`op ${op} applied ${times} times`);
  if (!s.rewinds && s.redis.some(({ parked }) => !isEmpty(parked)))
    throw new Error('parked, though Redis never went back');
  if (!s.wipes) for (const name of NAMES) expectOncePerKey(s, name);
  if (!isFaultless(s)) return;
  for (const name of NAMES) expectTruth(s, name);
  // partition 0 knows the number of queues that are served
  const [{ queues }, ...others] = s.redis;
  if (queues === 1 && others.some(({ pending }) => NAMES.some((name) => pending[name])))
    throw new Error('pending where nobody persists');
}

function expectOncePerKey(s, name) {
  const counted = OPS.filter(
    (op, index) => op.kind === 'keyed' && op.name === name && s.db.applied[index],
  );
  if (counted.length > 1) throw new Error(`an idempotency key of ${name} counted twice`);
}

function expectTruth(s, name) {
  const unpersisted = s.redis.flatMap(({ batch, pending }, index) => {
    const isApplied = batch && s.db.ledger[index].seq >= batch.seq;
    return [isApplied ? {} : batch?.deltas[name], pending[name]];
  });
  const total = JSON.stringify(sum(persisted(s, name), ...unpersisted));
  const truth = JSON.stringify(s.truth[name]);
  if (total !== truth) throw new Error(`${name} is ${total}, and should be ${truth}`);
  const isDrained = s.redis.every(({ batch, pending }) => !batch?.deltas[name] && !pending[name]);
  if (isDrained && s.deletedLast[name] && s.db.rows[name]) throw new Error(`${name} keeps its row`);
}
