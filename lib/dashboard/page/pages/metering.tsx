import type { JSX } from 'preact';
import type { Breakdown, Wire } from '../../api/answers.js';
import { count, share } from '../format.js';
import { Bar, Choice, Loaded, Nothing, Section, Table } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf, replaceBy } from '../router.js';
import { Quotas } from './quotas.js';
import { NothingCounted, PERIODS, PresentWindow } from './windows.js';

type Query = Readonly<Record<string, string>>;
interface Names {
  names: { name: string; groups: string[][] }[];
}

export function MeteringPage({
  query,
  timeZone,
  quotas,
}: {
  query: Query;
  timeZone: string;
  quotas: number;
}): JSX.Element {
  const names = useRead<Names>('metered', 15_000);
  return (
    <>
      <Section title="A total, broken down">
        <Loaded of={names}>
          {({ names: found }) =>
            found.length === 0 ? (
              <Nothing>
                No counter has dimensions. What is recorded with dimensions, as by
                metering.record('orders', 1, {'{'} dimensions: {'{'} tenant {'}'} {'}'}), is broken
                down here once it is persisted.
              </Nothing>
            ) : (
              <Breaking names={found} query={query} timeZone={timeZone} />
            )
          }
        </Loaded>
      </Section>
      <Section title="Quotas">
        {quotas === 0 ? (
          <Nothing>
            The option “quotas” of the dashboard names the quotas to show here, and names none.
          </Nothing>
        ) : (
          <Quotas timeZone={timeZone} />
        )}
      </Section>
    </>
  );
}

function Breaking({
  names,
  query,
  timeZone,
}: {
  names: Names['names'];
  query: Query;
  timeZone: string;
}): JSX.Element {
  const chosen = names.find(({ name }) => name === query.name) ?? names[0];
  const groups = chosen?.groups.map((keys) => keys.join()) ?? [];
  const by = groups.find((it) => it === query.by) ?? groups[0] ?? '';
  const window = PERIODS.find(([it]) => it === query.window)?.[0] ?? 'total';
  const name = chosen?.name ?? '';
  const change = (changed: Query): void =>
    replaceBy(hrefOf('metering', { name, by, window, ...changed }));
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          Name
          <select
            value={name}
            onChange={({ currentTarget }) => change({ name: currentTarget.value, by: '' })}
          >
            {names.map(({ name: each }) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label class="field">
          By
          <select value={by} onChange={({ currentTarget }) => change({ by: currentTarget.value })}>
            {groups.map((group) => (
              <option key={group} value={group}>
                {group.replaceAll(',', ' and ')}
              </option>
            ))}
          </select>
        </label>
        <Choice
          label="Window"
          value={window}
          options={PERIODS}
          onChange={(value) => change({ window: value })}
        />
      </form>
      <Parts name={name} by={by} window={window} timeZone={timeZone} />
    </>
  );
}

function Parts({
  name,
  by,
  window,
  timeZone,
}: {
  name: string;
  by: string;
  window: string;
  timeZone: string;
}): JSX.Element {
  const asked = { name, groupBy: by.split(','), window: window === 'total' ? '' : window };
  const read = useRead<Wire<Breakdown>>(pathOf('breakdown', asked), 2_500);
  return (
    <Loaded of={read}>
      {({ rows, total, window: present }) => {
        const named = rows.reduce((sum, { value }) => sum + BigInt(value), 0n);
        const rest = BigInt(total) - named;
        return (
          <>
            <PresentWindow window={window} span={present} timeZone={timeZone} />
            {rows.length === 0 ? (
              <NothingCounted window={window} />
            ) : (
              <Table label={`${name} by ${by}`}>
                <thead>
                  <tr>
                    <th scope="col">{by.replaceAll(',', ' and ')}</th>
                    <th scope="col" class="number">
                      Count
                    </th>
                    <th scope="col" class="number">
                      Share
                    </th>
                    <th scope="col" class="wide">
                      <span class="hidden">Share as a bar</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name: part, dimensions, value }) => (
                    <Part key={part} value={value} total={total}>
                      <a href={hrefOf('counter', { name: part, window: asked.window })}>
                        {Object.values(dimensions)
                          .map((it) => (it === '' ? '(empty)' : it))
                          .join(' · ')}
                      </a>
                    </Part>
                  ))}
                  {rest !== 0n && (
                    <Part value={String(rest)} total={total}>
                      <i>{rows.length === 20 ? 'All others' : 'Without a value'}</i>
                    </Part>
                  )}
                  <Part value={total} total={total}>
                    <b>Total</b>
                  </Part>
                </tbody>
              </Table>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Part({
  value,
  total,
  children,
}: {
  value: string;
  total: string;
  children: JSX.Element;
}): JSX.Element {
  return (
    <tr>
      <th scope="row" class="name">
        {children}
      </th>
      <td class="number">{count(value)}</td>
      <td class="number">{share(value, total)}</td>
      <td>
        <Bar part={Number(value) / Number(total)} />
      </td>
    </tr>
  );
}
