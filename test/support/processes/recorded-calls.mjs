import { REFUSALS } from './outcomes.mjs';

/** Longer than any run: no key may count a second time. */
const LONG = 7 * 86_400_000;

/**
 * Makes the calls of one group, with a line in the record before and one after; resolves when all
 * are settled, to the codes of those that failed.
 *
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {ReturnType<import('./record.mjs').openRecord>} record
 * @param {import('./protocol.js').RecordedGroup} group
 */
export async function callRecorded(counters, record, { method = 'incr', operations }) {
  const id = record.invoked(operations);
  if (method === 'incrMany') return callMany(counters, record, id, operations);

  const results = await Promise.all(
    operations.map(({ name, delta, times = 1, updateInterval, key, once }) => {
      if (method === 'once')
        return Promise.allSettled([callOnce(counters, name, delta, key, once)]);
      const options =
        updateInterval === undefined && key === undefined
          ? undefined
          : { updateInterval, idempotencyKey: key };
      const call = () =>
        method === 'incr'
          ? counters.incr(name, delta, options)
          : counters.incrAndGet(name, delta, { ...options, bigint: true });
      return Promise.allSettled(Array.from({ length: times }, call));
    }),
  );

  const failed = failuresOf(results.flat());
  const outcome = { failed };
  if (method === 'incrAndGet') {
    outcome.totals = results.map((calls) =>
      calls.flatMap(({ status, value }) => (status === 'fulfilled' ? [String(value)] : [])),
    );
  }
  if (method === 'once') outcome.truths = results.map((calls) => count(calls, isTrue));
  if (Object.keys(failed).length > 0) {
    outcome.acknowledged = results.map((calls) => count(calls, isFulfilled));
    outcome.refused = results.map((calls) => count(calls, isRefused));
  }
  record.settled(id, outcome);
  return failed;
}

const callOnce = (counters, name, delta, key, once) =>
  once === 'undo'
    ? counters.undoOnce(name, key)
    : counters.incrOnce(name, key, { delta, within: LONG });

/** It says no more than that all are counted; else each of them may be. */
async function callMany(counters, record, id, operations) {
  const increments = operations.map(({ name, delta }) => ({ name, delta }));
  const result = await Promise.allSettled([counters.incrMany(increments)]);
  const failed = failuresOf(result);
  if (result.every(isFulfilled)) record.settled(id, { failed });
  return failed;
}

function failuresOf(results) {
  const failed = {};
  for (const { status, reason } of results) {
    if (status === 'rejected') failed[reason.code] = (failed[reason.code] ?? 0) + 1;
  }
  return failed;
}

const isTrue = ({ value }) => value === true;
const isFulfilled = ({ status }) => status === 'fulfilled';
const isRefused = ({ status, reason }) => status === 'rejected' && REFUSALS.includes(reason.code);
const count = (results, holds) => results.filter(holds).length;
