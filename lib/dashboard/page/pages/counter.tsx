import type { JSX } from 'preact';
import type { OneCounter, SeriesAnswer, Wire } from '../../api/answers.js';
import { Bars, type Point } from '../chart.js';
import { ago, count, moment, windowStart } from '../format.js';
import { Choice, Dimensions, Failure, Loaded, Nothing, Section, Table, Tile } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf, replaceBy } from '../router.js';
import { WINDOWS } from './windows.js';

type Query = Readonly<Record<string, string>>;
type Series = Wire<SeriesAnswer>;

const RANGES: Record<string, string> = {
  minute: 'The last hour, by minutes',
  hour: 'The last two days, by hours',
  day: 'The last month, by days',
  week: 'The last half year, by weeks',
  month: 'The last two years, by months',
};

export function CounterPage({ query }: { query: Query }): JSX.Element {
  const { name = '' } = query;
  const window = WINDOWS.find(([it]) => it === query.window)?.[0] ?? 'hour';
  const read = useRead<Wire<OneCounter>>(
    name === '' ? undefined : pathOf('counter', { name }),
    1_500,
  );
  if (name === '') {
    return (
      <Section title="One counter">
        <Nothing>
          Choose one among the <a href={hrefOf('counters')}>counters</a>.
        </Nothing>
      </Section>
    );
  }
  return (
    <>
      <Section title={name}>
        <Loaded of={read}>{(data) => <Totals data={data} now={read.at} />}</Loaded>
      </Section>
      <Section title="Over time">
        <Choice
          label="Window"
          value={window}
          options={WINDOWS}
          onChange={(value) => replaceBy(hrefOf('counter', { name, window: value }))}
        />
        <Over name={name} window={window} />
      </Section>
    </>
  );
}

function Totals({ data, now }: { data: Wire<OneCounter>; now: number }): JSX.Element {
  const { total, persisted, createdAt, updatedAt, metered, error } = data;
  const pending = total === undefined ? undefined : BigInt(total) - BigInt(persisted ?? 0);
  return (
    <>
      {error !== undefined && <Failure text={`Not all of it can be read. ${error}.`} />}
      {metered !== undefined && (
        <p>
          Part of{' '}
          <a
            href={hrefOf('metering', {
              name: metered.name,
              by: Object.keys(metered.dimensions).join(),
            })}
          >
            {metered.name}
          </a>{' '}
          <Dimensions of={metered.dimensions} />
        </p>
      )}
      <dl class="tiles">
        <Tile
          label="Total now"
          value={total === undefined ? 'unknown' : count(total)}
          note="every acknowledged increment"
        />
        <Tile
          label="Persisted"
          value={
            persisted === undefined
              ? error === undefined
                ? 'nothing'
                : 'unknown'
              : count(persisted)
          }
          note={
            updatedAt === undefined ? 'no row in the database' : `written ${ago(updatedAt, now)}`
          }
        />
        <Tile
          label="Pending"
          value={
            pending === undefined || (persisted === undefined && error !== undefined)
              ? 'unknown'
              : count(pending)
          }
          note="on the way to the database"
        />
        {createdAt !== undefined && (
          <Tile label="Counted since" value={ago(createdAt, now)} note={moment(createdAt)} />
        )}
      </dl>
    </>
  );
}

function Over({ name, window }: { name: string; window: string }): JSX.Element {
  const read = useRead<Series>(pathOf('series', { name, window }), 3_000);
  return (
    <Loaded of={read}>
      {(series) =>
        series.kept ? (
          <Chart series={series} window={window} />
        ) : (
          <Nothing>
            This counter is not kept per {window}: no rule of the option windows.counters names it,
            and no increment did.
          </Nothing>
        )
      }
    </Loaded>
  );
}

function Chart({
  series: { points, timeZone },
  window,
}: {
  series: Series;
  window: string;
}): JSX.Element {
  const label = windowStart(window, timeZone);
  const bars = points.map(({ start, value, kept, running }): Point => {
    return { label: label(start), value, gap: !kept, running };
  });
  const hasGaps = points.some(({ kept }) => !kept);
  return (
    <figure>
      <Bars caption={`${RANGES[window] ?? ''}, in the time zone ${timeZone}`} points={bars} />
      <figcaption>
        {RANGES[window]}, in the time zone {timeZone}. <span class="key running" /> not over yet
        {hasGaps && (
          <>
            {' '}
            <span class="key gap" /> not kept
          </>
        )}
      </figcaption>
      <Table label={RANGES[window] ?? ''} tall>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="number">
              Count
            </th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ start, value, kept, running }) => (
            <tr key={start}>
              <th scope="row">
                {label(start)}
                {running && <span class="note"> not over yet</span>}
              </th>
              <td class="number">{kept ? count(value) : 'not kept'}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </figure>
  );
}
