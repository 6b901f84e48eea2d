import { expectServers, expectWorkers, NOT_MEANT } from '../mending/before-changes.js';
import type { Verb } from '../verb.js';
import {
  ALL,
  changedSince,
  chosenRows,
  expectShared,
  inCalls,
  MOST_NAMED,
  rowsOf,
} from './rows.js';

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
  async run({ connect, operands, options, isMeant, by, progress }) {
    const opened = await connect();
    const chosen = await chosenRows('outbox count', opened, operands, options);
    const { rows, leftOut, count, what, lines } = chosen;
    if (!isMeant) {
      const text = [...lines, `Would have ${what} counted`, NOT_MEANT];
      return { data: { rows, leftOut, released: 0 }, text, exit: 0 };
    }
    expectShared(opened);
    await expectServers(opened);
    const { observer } = opened;
    // an embedded process tells nobody that it runs
    if (observer.options.redis !== undefined) await expectWorkers(opened);
    let [read, released] = [0, 0];
    await inCalls(rowsOf(observer, chosen.ids), async (ids) => {
      released += await observer.ports.store.outbox.release(ids);
      read += ids.length;
      if (read < count) progress(`${read} of ${count}`);
    });
    const changed = Math.max(read, count) - released;
    const done = `Left ${released} of ${what}, to be counted, by ${by}: a process with workers counts them within seconds`;
    return {
      data: { rows, leftOut, released, changed, by },
      text: changed > 0 ? [done, changedSince(changed)] : [done],
      exit: changed > 0 ? 1 : 0,
    };
  },
};
