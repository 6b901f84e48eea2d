import type { JSX } from 'preact';
import type { Incident, Wire } from '../../api/answers.js';
import { ago, count, many, moment } from '../format.js';
import { Failure, Loaded, Nothing, Section, Table } from '../parts.js';
import { useRead } from '../read.js';
import { hrefOf } from '../router.js';
import { Parcel } from './parcel.js';

type Seen = Wire<Incident>;

const REASONS: Record<Seen['reason'], readonly [string, string]> = {
  rewind: [
    'Redis went back in time',
    'Each of these counts may be in the database already, or not. Compare them with other records.',
  ],
  overflow: [
    'Counters would leave the 64-bit range',
    'The database has none of these counts. Make room by set() or reset(), and replay them.',
  ],
  refused: [
    'The database refuses these rows',
    'The database has none of these counts. Let it take the rows, and replay them.',
  ],
};

export function ParkedPage({
  query,
  canOperate,
}: {
  query: Readonly<Record<string, string>>;
  canOperate: boolean;
}): JSX.Element {
  const read = useRead<{ incidents: Seen[] }>('parked', 4_000);
  const { id } = query;
  return (
    <>
      <Section
        title="Parked counts"
        note="Counts that were put aside, and are part of no total, until somebody replays or discards them."
      >
        <Loaded of={read}>
          {({ incidents }) =>
            incidents.length === 0 ? (
              <Nothing>Nothing is parked. This is the normal state.</Nothing>
            ) : (
              <ol class="incidents">
                {incidents.map((incident) => (
                  <li key={`${incident.reason} ${incident.parcels[0]?.id ?? ''}`}>
                    <OneIncident of={incident} now={read.at} chosen={id} />
                  </li>
                ))}
              </ol>
            )
          }
        </Loaded>
      </Section>
      {id !== undefined && <Parcel key={id} id={id} canOperate={canOperate} onDone={read.again} />}
    </>
  );
}

function OneIncident({
  of,
  now,
  chosen,
}: {
  of: Seen;
  now: number;
  chosen: string | undefined;
}): JSX.Element {
  const [title, means] = REASONS[of.reason];
  return (
    <div class="stack">
      <div>
        <p class="head">
          <strong>{title}</strong>
          {of.parkedAt !== undefined && (
            <span class="note" title={moment(of.parkedAt)}>
              {ago(of.parkedAt, now)}
            </span>
          )}
        </p>
        <p class="note">
          {many(of.entries, 'entry', 'entries')}. {means}
        </p>
        {of.error !== undefined && <Failure text={of.error} />}
      </div>
      <Table label={`Parcels: ${title}`}>
        <thead>
          <tr>
            <th scope="col">Parcel</th>
            <th scope="col" class="number">
              Partition
            </th>
            <th scope="col" class="number">
              Entries
            </th>
          </tr>
        </thead>
        <tbody>
          {of.parcels.map(({ id, short, partition, entries }) => (
            <tr key={id}>
              <th scope="row" class="name">
                <a
                  href={hrefOf('parked', { id })}
                  aria-current={id === chosen ? 'true' : undefined}
                  title={id}
                >
                  {short}
                </a>
              </th>
              <td class="number">{partition}</td>
              <td class="number">{count(entries)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
