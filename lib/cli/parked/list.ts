import { incidentsOf, type ParkedIncident } from '../../operating/judging/parked-incidents.js';
import { printable } from '../../words/quote.js';
import { plural, table } from '../output/table.js';
import { ago } from '../output/times.js';
import type { Verb } from '../verb.js';

export const parked: Verb = {
  name: 'parked',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List what was put aside, as the database may have it already or does not take it.',
  teaches: [
    'Parcels of one incident stand together: of the same reason, put aside within a minute.',
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
    const incidents = incidentsOf(parcels);
    const place = new Map(
      incidents.flatMap((it, index) => it.parcels.map(({ id, short }) => [id, { index, short }])),
    );
    const data = parcels.map((parcel) => {
      const { index = 0, short = parcel.id } = place.get(parcel.id) ?? {};
      return { ...parcel, short, incident: index + 1 };
    });
    return { data, text: incidents.flatMap(shown), exit: 1 };
  },
};

function shown({ reason, parkedAt, error, entries, parcels }: ParkedIncident): string[] {
  const when = parkedAt === undefined ? '' : `, put aside ${ago(parkedAt)}`;
  const parts = `${plural(parcels.length, 'parcel')}, ${entries} entries`;
  const rows = parcels.map(({ id, short, entries: of }) => [short, String(of), id]);
  return [
    `${reason}${when}: ${parts}. ${MEANS[reason]}`,
    ...(error === undefined ? [] : [`  The database says: ${printable(error)}`]),
    ...table(['id', 'entries', 'whole id'], rows).map((line) => `  ${line}`),
  ];
}

/** For who judges them. */
const MEANS: Readonly<Record<ParkedIncident['reason'], string>> = {
  rewind: 'Likely counted or not: "fastcounter parked show" has a hint for each counter',
  overflow: 'Not counted',
  refused: 'Not counted',
};
