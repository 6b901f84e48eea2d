import { open } from 'node:fs/promises';
import { reasonOf } from '../../words/quote.js';
import { textOf } from '../arguments.js';
import { expectServers, NOT_MEANT } from '../mending/before-changes.js';
import { asJson } from '../output/json.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';
import { changedSince, chosenOf, inCalls, ONLY } from './parcels.js';

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
  async run({ connect, operands: [given = ''], options, isMeant, by }) {
    const file = textOf(options, 'export');
    if (file === undefined) throw new Refusal('"parked discard" needs --export FILE');
    const opened = await connect();
    const { observer } = opened;
    const { id, entries, what } = await chosenOf(observer, given, options);
    if (!isMeant) {
      const text = [`Would write ${what} to ${file}, and drop them`, NOT_MEANT];
      return { data: { id, entries, discarded: 0 }, text, exit: 0 };
    }
    await expectServers(opened);
    await write(file, entries.map((entry) => `${asJson({ id, ...entry })}\n`).join(''));
    let discarded = 0;
    await inCalls(entries, async (some) => {
      discarded += await observer.parked.discard(id, some, { by });
    });
    const changed = entries.length - discarded;
    const text = [`Dropped ${discarded} of ${what}, by ${by}: they are in ${file}`];
    if (changed > 0) text.push(changedSince(changed));
    return { data: { id, discarded, changed, file, by }, text, exit: changed > 0 ? 1 : 0 };
  },
};

/** To the disk. */
async function write(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
  } catch (error) {
    throw new Refusal(
      `The file of --export was not written, and nothing dropped: ${reasonOf(error)}`,
    );
  }
}
