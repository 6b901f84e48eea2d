import { FastCounterError } from '../../errors.js';
import { hintOf, type Judged, type ParkedHint } from '../../operating/judging/hint.js';
import type { ParkedParcel } from '../../operating/parked-counts.js';
import type { ParkedCount } from '../../operating/parked-entry.js';
import type { Observer } from '../observer/observer.js';
import { table } from '../output/table.js';
import type { Verb } from '../verb.js';
import { findParcel, firstEntries, MOST } from './parcels.js';

/** What to do about what was set or deleted. */
const TO_REPEAT =
  'A replay leaves them: set or delete these counters again where that is still meant, and discard the entries';
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
    'An entry that stands for set(), reset(), delete() or erase() is told: it is no increment, and a replay leaves it.',
  ],
  options: {},
  examples: ['parked show p0-8f2c'],
  async run({ connect, operands: [id = ''] }) {
    const { observer } = await connect();
    const parcel = await findParcel(observer, id);
    const { entries, leftOut, sum } = await firstEntries(observer.parked.entries(parcel.id), MOST);
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
    const rows = data.map(({ name, window = '', start, delta, total, hint, operation, value }) => [
      ...[name, window, start?.toISOString() ?? '', String(delta)],
      ...[total === undefined ? 'unknown' : String(total), hint],
      meaningOf({ operation, value }),
    ]);
    const all = `${entries.length + leftOut} entries, ${String(sum)} in totals`;
    const end = leftOut === 0 ? all : `${all}; ${leftOut} of them are left out here`;
    const heads = ['name', 'window', 'from', 'put aside', 'total now', 'hint', 'stands for'];
    const replaced = data.filter(({ operation }) => operation !== undefined).length;
    const text = [...table(heads, rows), end];
    if (replaced > 0) text.push(`${replaced} of them are no increments. ${TO_REPEAT}`);
    return { data: { ...parcel, entries: data, leftOut }, text, exit: 0 };
  },
};

const meaningOf = ({ operation, value }: Pick<ParkedCount, 'operation' | 'value'>): string =>
  operation === undefined ? '' : operation === 'set' ? `set to ${String(value)}` : 'deleted';

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
