import { inCalls } from '../in-calls.js';
import { expectWorkers } from '../mending/before-changes.js';
import { changedSince } from '../mending/changed-since.js';
import type { Verb } from '../verb.js';
import { ALL, changeRows, MOST_NAMED } from './change-rows.js';
import { rowsOf, TOGETHER } from './rows.js';

export const outboxCount: Verb = {
  name: 'outbox count',
  takes: '[ID…]',
  operands: { least: 0, most: MOST_NAMED },
  does: 'Have increments of transactions counted that wait for an operator.',
  teaches: [
    'It empties refused and taken_by of these rows of fast_counter_outbox: a process with workers counts them within seconds, in the windows of the moments ' +
      'in which they were made, and removes them. What can never be counted is refused again, with its reason.',
    'Of a row of which it is not known whether it was counted, compare the counter first: it may count a second time.',
    'Exit status 1: some did not wait any more.',
  ],
  options: ALL,
  examples: ['outbox count --all', 'outbox count 0miq3xq2a00018c2f90bbf5f0d4c1a7e6 --yes'],
  writes: true,
  embedded: true,
  run: (call) =>
    changeRows(call, {
      verb: 'outbox count',
      would: (what) => `Would have ${what} counted`,
      nothing: { released: 0 },
      async run(opened, { ids, count, rows, leftOut, what }) {
        const { by, progress } = call;
        const { observer } = opened;
        // an embedded process tells nobody that it runs
        if (observer.options.redis !== undefined) await expectWorkers(opened);
        let [read, released] = [0, 0];
        await inCalls(rowsOf(observer, ids), TOGETHER, async (some) => {
          released += await observer.ports.store.outbox.release(some.map(({ id }) => id));
          read += some.length;
          if (read < count) progress(`${read} of ${count}`);
        });
        const changed = Math.max(read, count) - released;
        const done = `Left ${released} of ${what}, to be counted, by ${by}: a process with workers counts them within seconds`;
        return {
          data: { rows, leftOut, released, changed, by },
          text: changed > 0 ? [done, changedSince(changed, 'outbox')] : [done],
          exit: changed > 0 ? 1 : 0,
        };
      },
    }),
};
