import type { JSX } from 'preact';
import type { TopPage, Wire } from '../../api/answers.js';
import { count } from '../format.js';
import { Bar, Choice, Loaded, Table } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf } from '../router.js';
import { NothingCounted, PERIODS, PresentWindow } from './windows.js';

type Query = Readonly<Record<string, string>>;

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
  const window = isOne(query.window, PERIODS, 'day');
  const path = pathOf('top', { prefix, window: window === 'total' ? '' : window });
  const read = useRead<Wire<TopPage>>(path, 3_000);
  return (
    <>
      <Choice label="Window" value={window} options={PERIODS} onChange={onWindow} />
      <Loaded of={read}>
        {({ rows, window: span }) => (
          <>
            <PresentWindow window={window} span={span} timeZone={timeZone} />
            {rows.length === 0 ? (
              <NothingCounted window={window} />
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
