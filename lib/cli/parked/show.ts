import { FastCounterError } from '../../errors.js';
import { hintOf, type Judged, type ParkedHint } from '../../operating/judging/hint.js';
import type { ParkedParcel } from '../../operating/parked-counts.js';
import type { ParkedCount } from '../../operating/parked-entry.js';
import type { Observer } from '../observer/observer.js';
import { table } from '../output/table.js';
import type { Verb } from '../verb.js';
import { findParcel } from './parcels.js';

/** Entries that are shown. */
const MOST = 100_000;
/** Counters whose rows are looked at, for a hint: a statement for each, */
const HINTED = 200;
/** and so many at once. */
const TOGETHER = 4;

export const parkedShow: Verb = {
  name: 'parked show',
  takes: 'ID',
  operands: { least: 1, most: 1 },
  does: 'Tell what is in a parcel, beside the present totals.',
  teaches: [
    'Compare the totals with other records: where a total has the count already, the entry is to be discarded, and where not, replayed. The id is ' +
      'that of the list, or how the whole id begins.',
    `The hint says whether the database has a count, as far as can be told, of the first ${HINTED} counters. At most ${MOST} entries are shown, ` +
      'and how many are left out.',
  ],
  options: {},
  examples: ['parked show p0-8f2c'],
  async run({ connect, operands: [id = ''] }) {
    const { observer } = await connect();
    const parcel = await findParcel(observer, id);
    const { entries, leftOut, sum } = await firstEntries(observer, parcel.id, MOST);
    const names = [...new Set(entries.map(({ name }) => name))];
    const totals = await observer.counters.getCounts(names, { bigint: true, settled: true });
    const totalOf = new Map(names.map((name, place) => [name, totals[place]]));
    const hints = await hintsOf(observer, parcel.reason, entries);
    const data = entries.map((entry) => {
      const total = totalOf.get(entry.name);
      const hint =
        hints.get(entry.name) ?? (parcel.reason === 'rewind' ? 'unknown' : 'not counted');
      return { ...entry, ...(typeof total === 'bigint' && { total }), hint };
    });
    const rows = data.map(({ name, window = '', start, delta, total, hint }) => [
      ...[name, window, start?.toISOString() ?? '', String(delta)],
      ...[total === undefined ? 'unknown' : String(total), hint],
    ]);
    const all = `${entries.length + leftOut} entries, ${String(sum)} in totals`;
    const end = leftOut === 0 ? all : `${all}; ${leftOut} of them are left out here`;
    const heads = ['name', 'window', 'from', 'put aside', 'total now', 'hint'];
    const text = [...table(heads, rows), end];
    return { data: { ...parcel, entries: data, leftOut }, text, exit: 0 };
  },
};

/** The first entries of a parcel, how many more there are, and the sum of all that are of totals. Keeps the first alone. */
export async function firstEntries(
  { parked }: Pick<Observer, 'parked'>,
  id: string,
  most: number,
): Promise<{ entries: ParkedCount[]; leftOut: number; sum: bigint }> {
  const entries: ParkedCount[] = [];
  let [leftOut, sum] = [0, 0n];
  for await (const entry of parked.entries(id)) {
    if (entry.window === undefined) sum += entry.delta;
    if (entries.length < most) entries.push(entry);
    else leftOut++;
  }
  return { entries, leftOut, sum };
}

/** Of the first counters; none where the database does not answer. */
async function hintsOf(
  { counters }: Observer,
  reason: ParkedParcel['reason'],
  entries: readonly ParkedCount[],
): Promise<ReadonlyMap<string, ParkedHint>> {
  const hints = new Map<string, ParkedHint>();
  if (reason !== 'rewind') return hints;
  const windows = new Map<string, { start: Date }[]>();
  for (const { name, start } of entries) {
    if (!windows.has(name) && windows.size === HINTED) continue;
    const starts = windows.get(name) ?? [];
    windows.set(name, starts);
    if (start !== undefined) starts.push({ start });
  }
  const judge = async ([name, starts]: [string, Judged['windows']]): Promise<void> => {
    const [row] = await counters.list({ prefix: name, limit: 1, bigint: true });
    hints.set(name, hintOf(reason, { row: row?.name === name ? row : null, windows: starts }));
  };
  const all = [...windows];
  try {
    for (let from = 0; from < all.length; from += TOGETHER) {
      await Promise.all(all.slice(from, from + TOGETHER).map(judge));
    }
  } catch (error) {
    if (!(error instanceof FastCounterError)) throw error;
  }
  return hints;
}
