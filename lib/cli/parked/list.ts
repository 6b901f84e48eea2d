import { shortIds } from '../../operating/short-ids.js';
import { plural, table } from '../output/table.js';
import { ago } from '../output/times.js';
import type { Verb } from '../verb.js';
import { entriesOf, findParcel, totalsOf } from './parcels.js';

export const parked: Verb = {
  name: 'parked',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List what was put aside, as the database may have it already or does not take it.',
  teaches: [
    'rewind: Redis went back in time, and each of these counts may be in the database already. overflow: they would take a counter out of its ' +
      'range. refused: the database refuses the row. The database has none of the last two.',
    'Exit status 1: something is put aside.',
  ],
  options: {},
  examples: ['parked'],
  async run({ connect }) {
    const { observer } = await connect();
    const parcels = await observer.parked.list();
    if (parcels.length === 0) {
      return { data: [], text: ['Nothing is put aside. This is the normal state'], exit: 0 };
    }
    const short = shortIds(parcels.map(({ id }) => id));
    const data = parcels.map((parcel) => ({ ...parcel, short: short.get(parcel.id) ?? parcel.id }));
    const rows = data.map((parcel) => {
      const { parkedAt, counters, error = '' } = parcel;
      const when = parkedAt === undefined ? '' : ago(parkedAt);
      return [parcel.short, parcel.reason, when, String(counters), error, parcel.id];
    });
    const heads = ['id', 'reason', 'put aside', 'entries', 'error', 'whole id'];
    return { data, text: table(heads, rows), exit: 1 };
  },
};

export const parkedShow: Verb = {
  name: 'parked show',
  takes: 'ID',
  operands: { least: 1, most: 1 },
  does: 'Tell what is in a parcel, beside the present totals.',
  teaches: [
    'Compare the totals with other records: where a total has the count already, the entry is to be discarded, and where not, replayed. The id is ' +
      'that of the list, or how the whole id begins.',
  ],
  options: {},
  examples: ['parked show p0-8f2c'],
  async run({ connect, operands: [id = ''] }) {
    const { observer } = await connect();
    const parcel = await findParcel(observer, id);
    const entries = await entriesOf(observer, parcel.id, []);
    const names = [...new Set(entries.map(({ name }) => name))];
    const totals = await observer.counters.getCounts(names, { bigint: true, settled: true });
    const totalOf = new Map(names.map((name, place) => [name, totals[place]]));
    const data = entries.map((entry) => {
      const total = totalOf.get(entry.name);
      return typeof total === 'bigint' ? { ...entry, total } : entry;
    });
    const rows = data.map((entry) => [
      ...[entry.name, entry.window ?? '', entry.start?.toISOString() ?? '', String(entry.delta)],
      'total' in entry ? String(entry.total) : 'unknown',
    ]);
    const sum = `${plural(entries.length, 'entry').replace('entrys', 'entries')}, ${String(totalsOf(entries))} in totals`;
    const heads = ['name', 'window', 'from', 'put aside', 'total now'];
    return { data: { ...parcel, entries: data }, text: [...table(heads, rows), sum], exit: 0 };
  },
};
