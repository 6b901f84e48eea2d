import { textOf } from '../arguments.js';
import { inCalls } from '../in-calls.js';
import { expectServers, NOT_MEANT } from '../mending/before-changes.js';
import { changedSince } from '../mending/changed-since.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';
import { read, write } from './exported.js';
import { chosenOf, entriesOf, inTotals, ONLY, TOGETHER, unlessGone, whatOf } from './parcels.js';

export const parkedDiscard: Verb = {
  name: 'parked discard',
  takes: 'ID',
  operands: { least: 1, most: 1 },
  does: 'Drop what is in a parcel for good, when it is written to a file.',
  teaches: [
    'The file has a line of JSON for each entry: name, delta, and window and start where it is of a window. A file that is there is not written ' +
      'over. Nothing is dropped before the file is on disk, and nothing that is not in it: what has changed meanwhile stays, and exit status 1 ' +
      'tells so.',
  ],
  options: { ...ONLY, export: { value: 'FILE', does: 'where the entries are written; needed' } },
  examples: ['parked discard p0-8f2c --export parcel.ndjson --yes'],
  writes: true,
  async run({ connect, operands: [given = ''], options, isMeant, by, progress }) {
    const file = textOf(options, 'export');
    if (file === undefined) throw new Refusal('"parked discard" needs --export FILE');
    const opened = await connect();
    const { observer } = opened;
    const { id, only, entries, leftOut, what } = await chosenOf(observer, given, options);
    if (!isMeant) {
      const text = [`Would write ${what} to ${file}, and drop them`, NOT_MEANT];
      return { data: { id, entries, leftOut, discarded: 0 }, text, exit: 0 };
    }
    await expectServers(opened);
    await write(file, id, entriesOf(observer, id, only));
    let [written, discarded, sum] = [0, 0, 0n];
    // what is dropped is what the file has
    await inCalls(read(file), TOGETHER, async (some) => {
      const discard = () => observer.parked.discard(id, some, { by });
      discarded += (await unlessGone(observer, id, discard)) ?? 0;
      written += some.length;
      sum += some.reduce((total, entry) => total + inTotals(entry), 0n);
      if (some.length === TOGETHER) progress(`${written} looked at, ${discarded} dropped`);
    });
    const changed = written - discarded;
    const done = `Dropped ${discarded} of ${whatOf(written, id, sum)}, by ${by}: they are in ${file}`;
    const text = changed > 0 ? [done, changedSince(changed, 'parked show')] : [done];
    return { data: { id, discarded, changed, file, by }, text, exit: changed > 0 ? 1 : 0 };
  },
};
