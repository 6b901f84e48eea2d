import { expect, test } from 'vitest';
import { parked as list } from '../../../lib/cli/parked/list.js';
import type { Call } from '../../../lib/cli/verb.js';
import { incidentsOf } from '../../../lib/operating/judging/parked-incidents.js';
import type { ParkedParcel } from '../../../lib/operating/parked-counts.js';

const parcel = (id: string, reason: ParkedParcel['reason'], at?: number): ParkedParcel => ({
  ...{ id, partition: Number(id[0]), reason, counters: 2 },
  ...(at !== undefined && { parkedAt: new Date(at) }),
});

const PARCELS = [
  { ...parcel('0/refused', 'refused'), error: 'violates "small"' },
  parcel('3/refused', 'refused'),
  parcel('0/7fb4aaaa', 'rewind', 1_000_000),
  parcel('1/8ac2bbbb', 'rewind', 1_030_000),
  parcel('0/11112222', 'rewind', 9_000_000),
];

test('parcels of one reason that were put aside within a minute are one incident', () => {
  expect(incidentsOf(PARCELS).map(({ parcels }) => parcels.map(({ short }) => short))).toEqual([
    ['p0-refused', 'p3-refused'],
    ['p0-7fb4', 'p1-8ac2'],
    ['p0-1111'],
  ]);
  expect(incidentsOf(PARCELS)[0]).toMatchObject({ entries: 4, error: 'violates "small"' });
});

test('the command line lists them so, with what is known of their counts', async () => {
  const observer = { parked: { list: () => Promise.resolve(PARCELS) } };
  const call = { connect: () => Promise.resolve({ observer }) } as unknown as Call;
  const { data, text, exit } = await list.run(call);
  expect(exit).toBe(1);
  expect((data as { incident: number }[]).map(({ incident }) => incident)).toEqual([1, 1, 2, 2, 3]);
  expect(text[0]).toBe('refused: 2 parcels, 4 entries. Not counted');
  expect(text.join('\n')).toContain('The database says: violates "small"');
  expect(text.filter((line) => line.startsWith('rewind, put aside'))).toHaveLength(2);
});
