import { textOf } from '../arguments.js';
import { expectServers, NOT_MEANT } from '../mending/before-changes.js';
import { readLines, writeLines } from '../output/lines.js';
import { plural } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { RefusedRow } from '../../database/outbox/outbox.js';
import type { Verb } from '../verb.js';
import {
  ALL,
  asData,
  changedSince,
  chosenRows,
  expectShared,
  inCalls,
  MOST_NAMED,
  rowsOf,
} from './rows.js';

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
  async run({ connect, operands, options, isMeant, by, progress }) {
    const file = textOf(options, 'export');
    if (file === undefined) throw new Refusal('"outbox discard" needs --export FILE');
    const opened = await connect();
    const chosen = await chosenRows('outbox discard', opened, operands, options);
    const { rows, leftOut, what, lines } = chosen;
    if (!isMeant) {
      const text = [...lines, `Would write ${what} to ${file}, and drop them`, NOT_MEANT];
      return { data: { rows, leftOut, discarded: 0 }, text, exit: 0 };
    }
    expectShared(opened);
    await expectServers(opened);
    const { observer } = opened;
    await writeLines(file, mapped(rowsOf(observer, chosen.ids)));
    let [written, discarded] = [0, 0];
    // what is dropped is what the file has
    await inCalls(readLines<{ id: string }>(file), async (ids) => {
      discarded += await observer.ports.store.outbox.discard(ids);
      written += ids.length;
      if (written < chosen.count) progress(`${written} of ${chosen.count}`);
    });
    const changed = written - discarded;
    const done = `Dropped ${discarded} of ${plural(written, 'row')}, by ${by}: they are in ${file}`;
    return {
      data: { rows, leftOut, discarded, changed, file, by },
      text: changed > 0 ? [done, changedSince(changed)] : [done],
      exit: changed > 0 ? 1 : 0,
    };
  },
};

async function* mapped(rows: AsyncIterable<RefusedRow>): AsyncGenerator<object, void, undefined> {
  for await (const row of rows) yield asData(row);
}
