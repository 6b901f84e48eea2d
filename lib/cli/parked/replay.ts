import { expectServers, expectWorkers, NOT_MEANT } from '../mending/before-changes.js';
import type { Verb } from '../verb.js';
import { changedSince, chosenOf, inCalls, ONLY } from './parcels.js';

export const parkedReplay: Verb = {
  name: 'parked replay',
  takes: 'ID',
  operands: { least: 1, most: 1 },
  does: 'Count what is in a parcel, each entry once, however often this is repeated.',
  teaches: [
    'Entries that would take a counter out of its range stay: exit status 1 names their counters. What changes while it runs stays too.',
  ],
  options: ONLY,
  examples: ['parked replay p0-8f2c --dry-run', 'parked replay p0-8f2c --only orders --yes'],
  writes: true,
  async run({ connect, operands: [given = ''], options, isMeant, by }) {
    const opened = await connect();
    const { observer } = opened;
    const { id, entries, what } = await chosenOf(observer, given, options);
    if (!isMeant) {
      const text = [`Would count ${what}`, NOT_MEANT];
      return { data: { id, entries, replayed: 0, refused: [] }, text, exit: 0 };
    }
    await expectServers(opened);
    await expectWorkers(opened);
    const refused: string[] = [];
    let replayed = 0;
    await inCalls(entries, async (some) => {
      const done = await observer.parked.replay(id, some, { by });
      replayed += done.replayed;
      refused.push(...done.refused);
    });
    const changed = entries.length - replayed - refused.length;
    const text = [`Counted ${replayed} of ${what}, by ${by}`];
    if (refused.length > 0) text.push(`Out of range, and still put aside: ${refused.join(', ')}`);
    if (changed > 0) text.push(changedSince(changed));
    const exit = refused.length + changed > 0 ? 1 : 0;
    return { data: { id, replayed, refused, changed, by }, text, exit };
  },
};
