import type { JSX } from 'preact';
import type { TopPage, Wire } from '../../api/answers.js';
import { count, zoned } from '../format.js';
import { Bar, Choice, Loaded, Nothing, Table } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf } from '../router.js';

type Query = Readonly<Record<string, string>>;

export const WINDOWS = [
  ['minute', 'Minute'],
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
  ['month', 'Month'],
] as const;

const TOP_WINDOWS = [...WINDOWS, ['total', 'In total']] as const;

/** One of the options, whatever the address says. */
export const isOne = <Value extends string>(
  value: string | undefined,
  options: readonly (readonly [Value, string])[],
  fallback: Value,
): Value => options.find(([it]) => it === value)?.[0] ?? fallback;

interface TopProps {
  query: Query;
  prefix: string;
  timeZone: string;
  onWindow: (window: string) => void;
}

export function Top({ query, prefix, timeZone, onWindow }: TopProps): JSX.Element {
  const window = isOne(query.window, TOP_WINDOWS, 'day');
  const path = pathOf('top', { prefix, window: window === 'total' ? '' : window });
  const read = useRead<Wire<TopPage>>(path, 3_000);
  return (
    <>
      <Choice label="Window" value={window} options={TOP_WINDOWS} onChange={onWindow} />
      <Loaded of={read}>
        {({ rows, window: span }) => (
          <>
            {span !== undefined && (
              <p class="note">
                The present {window}: from {zoned(span.start, timeZone)} to{' '}
                {zoned(span.end, timeZone)}, {timeZone}.
              </p>
            )}
            {rows.length === 0 ? (
              <Nothing>
                Nothing was counted per {window} here, or no rule of the option windows.counters
                keeps it.
              </Nothing>
            ) : (
              <Table label="The most counted">
                <thead>
                  <tr>
                    <th scope="col" class="number">
                      Place
                    </th>
                    <th scope="col">Name</th>
                    <th scope="col" class="number">
                      Count
                    </th>
                    <th scope="col" class="wide">
                      <span class="hidden">Beside the first</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name, value }, place) => (
                    <tr key={name}>
                      <td class="number">{place + 1}</td>
                      <th scope="row" class="name">
                        <a
                          href={hrefOf('counter', {
                            name,
                            window: window === 'total' ? '' : window,
                          })}
                        >
                          {name}
                        </a>
                      </th>
                      <td class="number">{count(value)}</td>
                      <td>
                        <Bar part={Number(value) / Number(rows[0]?.value ?? 1)} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </Table>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}
