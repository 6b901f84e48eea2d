import type { RefusedRow } from '../../database/outbox/outbox.js';
import { textOf } from '../arguments.js';
import { inCalls } from '../in-calls.js';
import { changedSince } from '../mending/changed-since.js';
import { readLines, writeLines } from '../output/lines.js';
import { plural } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';
import { ALL, changeRows, MOST_NAMED } from './change-rows.js';
import { asData, rowsOf, TOGETHER } from './rows.js';

export const outboxDiscard: Verb = {
  name: 'outbox discard',
  takes: '[ID…]',
  operands: { least: 0, most: MOST_NAMED },
  does: 'Drop increments of transactions that wait for an operator, when they are written to a file.',
  teaches: [
    'The file has a line of JSON for each row. A file that is there is not written over. Nothing is dropped before the file is on disk, and nothing that is ' +
      'not in it. Rows that are merely waiting to be counted are never dropped.',
    'Exit status 1: some did not wait any more.',
  ],
  options: { ...ALL, export: { value: 'FILE', does: 'where the rows are written; needed' } },
  examples: [
    'outbox discard --all --export outbox.ndjson',
    'outbox discard 0miq3xq2a00018c2f90bbf5f0d4c1a7e6 --export outbox.ndjson --yes',
  ],
  writes: true,
  embedded: true,
  async run(call) {
    const file = textOf(call.options, 'export');
    if (file === undefined) throw new Refusal('"outbox discard" needs --export FILE');
    return changeRows(call, {
      verb: 'outbox discard',
      would: (what) => `Would write ${what} to ${file}, and drop them`,
      nothing: { discarded: 0 },
      async run({ observer }, { ids, count, rows, leftOut }) {
        const { by, progress } = call;
        await writeLines(file, mapped(rowsOf(observer, ids)));
        let [written, discarded] = [0, 0];
        // what is dropped is what the file has
        await inCalls(readLines<{ id: string }>(file), TOGETHER, async (some) => {
          discarded += await observer.ports.store.outbox.discard(some.map(({ id }) => id));
          written += some.length;
          if (written < count) progress(`${written} of ${count}`);
        });
        const changed = written - discarded;
        const done = `Dropped ${discarded} of ${plural(written, 'row')}, by ${by}: they are in ${file}`;
        return {
          data: { rows, leftOut, discarded, changed, file, by },
          text: changed > 0 ? [done, changedSince(changed, 'outbox')] : [done],
          exit: changed > 0 ? 1 : 0,
        };
      },
    });
  },
};

async function* mapped(rows: AsyncIterable<RefusedRow>): AsyncGenerator<object, void, undefined> {
  for await (const row of rows) yield asData(row);
}
