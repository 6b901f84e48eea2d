import { inCalls } from '../in-calls.js';
import { expectServers, expectWorkers, NOT_MEANT } from '../mending/before-changes.js';
import { changedSince } from '../mending/changed-since.js';
import type { Verb } from '../verb.js';
import {
  chosenOf,
  entriesOf,
  entriesThat,
  inTotals,
  ONLY,
  TOGETHER,
  unlessGone,
  whatOf,
} from './parcels.js';

/** Counters that are named which stay. */
const MOST_NAMED = 1000;

export const parkedReplay: Verb = {
  name: 'parked replay',
  takes: 'ID',
  operands: { least: 1, most: 1 },
  does: 'Count what is in a parcel, each entry once, however often this is repeated.',
  teaches: [
    'Entries that would take a counter out of its range stay, and those of set(), reset(), delete() and erase(), which are no increments: exit status ' +
      '1 names their counters. What changes while it runs stays too.',
  ],
  options: ONLY,
  examples: ['parked replay p0-8f2c --dry-run', 'parked replay p0-8f2c --only orders --yes'],
  writes: true,
  async run({ connect, operands: [given = ''], options, isMeant, by, progress }) {
    const opened = await connect();
    const { observer } = opened;
    const chosen = await chosenOf(observer, given, options, true);
    const { id, only, entries, leftOut, what, replacing } = chosen;
    if (!isMeant) {
      const left = replacing > 0 ? [`Would leave ${replacing} that were set or deleted`] : [];
      const text = [`Would count ${what}`, ...left, NOT_MEANT];
      return { data: { id, entries, leftOut, replayed: 0, refused: [] }, text, exit: 0 };
    }
    await expectServers(opened);
    await expectWorkers(opened);
    const named = { refused: new Set<string>(), toRepeat: new Set<string>() };
    let [read, replayed, refused, toRepeat, sum] = [0, 0, 0, 0, 0n];
    const name = (of: keyof typeof named, counter: string): void => {
      if (named[of].size < MOST_NAMED) named[of].add(counter);
    };
    // no replay counts the others
    const increments = entriesThat(
      entriesOf(observer, id, only),
      ({ name: counter, operation }) => {
        if (operation === undefined) return true;
        [read, toRepeat] = [read + 1, toRepeat + 1];
        name('toRepeat', counter);
        return false;
      },
    );
    await inCalls(increments, TOGETHER, async (some) => {
      const replay = () => observer.parked.replay(id, some, { by });
      const done = await unlessGone(observer, id, replay);
      read += some.length;
      sum += some.reduce((total, entry) => total + inTotals(entry), 0n);
      replayed += done?.replayed ?? 0;
      refused += done?.refused.length ?? 0;
      for (const counter of done?.refused ?? []) name('refused', counter);
      if (some.length === TOGETHER) progress(`${read} read, ${replayed} counted`);
    });
    // entries that are gone since they were looked at are not read again
    const gone = Math.max(0, chosen.count - (read - toRepeat));
    const changed = read + gone - replayed - refused - toRepeat;
    const of = gone > 0 ? what : whatOf(read, id, sum);
    const text = [`Counted ${replayed} of ${of}, by ${by}`];
    if (refused > 0) {
      text.push(
        `Out of range, and still put aside: ${refused} of ${[...named.refused].join(', ')}`,
      );
    }
    if (toRepeat > 0) {
      text.push(
        `Set or deleted, and still put aside: ${toRepeat} of ${[...named.toRepeat].join(', ')}. Repeat that call, and discard them`,
      );
    }
    if (changed > 0) text.push(changedSince(changed, 'parked show'));
    const exit = read + gone > replayed ? 1 : 0;
    const stay = { refused: [...named.refused], toRepeat: [...named.toRepeat] };
    return { data: { id, replayed, ...stay, changed, by }, text, exit };
  },
};
