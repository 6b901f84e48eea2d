import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CounterPage, Wire } from '../../api/answers.js';
import { ago, count, moment, numberClass } from '../format.js';
import { Choice, Failure, Loaded, Nothing, Section, Table } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf, replaceBy } from '../router.js';
import { isOne, Top } from './top.js';

type Query = Readonly<Record<string, string>>;

const VIEWS = [
  ['name', 'By name'],
  ['value', 'By value'],
  ['top', 'Top of a window'],
] as const;

export function CountersPage({ query, timeZone }: { query: Query; timeZone: string }): JSX.Element {
  const view = isOne(query.view, VIEWS, 'name');
  const prefix = query.prefix ?? '';
  const change = (changed: Query): void =>
    replaceBy(hrefOf('counters', { view, prefix, ...changed }));
  return (
    <Section title="Counters">
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <Prefix
          value={prefix}
          onChange={(value) => change({ prefix: value, window: query.window ?? '' })}
        />
        <Choice
          label="Order"
          value={view}
          options={VIEWS}
          onChange={(value) => change({ view: value })}
        />
      </form>
      {prefix !== '' && (
        <p class="note">
          Is this the whole name? <a href={hrefOf('counter', { name: prefix })}>Look at {prefix}</a>
        </p>
      )}
      {view === 'top' ? (
        <Top
          query={query}
          prefix={prefix}
          timeZone={timeZone}
          onWindow={(window) => change({ window })}
        />
      ) : (
        <List key={`${view} ${prefix}`} prefix={prefix} order={view} />
      )}
    </Section>
  );
}

/** Looks for what is typed once the typing pauses. */
function Prefix({
  value,
  onChange,
}: {
  value: string;
  onChange: (value: string) => void;
}): JSX.Element {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number>();
  // what is chosen beside it while the typing pauses must stay
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => setTyped(value), [value]);
  return (
    <label class="field">
      Name begins with
      <input
        type="search"
        value={typed}
        maxLength={191}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value;
          setTyped(text);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => latest.current(text), 250);
        }}
      />
    </label>
  );
}

function List({ prefix, order }: { prefix: string; order: 'name' | 'value' }): JSX.Element {
  const [after, setAfter] = useState<readonly { name: string; value: string }[]>([]);
  const last = after.at(-1);
  const path = pathOf('counters', { prefix, order, after: last?.name, value: last?.value });
  const read = useRead<Wire<CounterPage>>(path, 2_000);
  return (
    <Loaded of={read}>
      {({ rows, error, more }) => (
        <>
          {error !== undefined && <Failure text={`Totals cannot be read. ${error}.`} />}
          {rows.length === 0 ? (
            <Nothing>
              {prefix === ''
                ? 'No counter is persisted yet. A counter is listed here once it is in the database, some seconds after it was first counted.'
                : 'No persisted counter begins with this.'}
            </Nothing>
          ) : (
            <CounterTable rows={rows} now={read.at} />
          )}
          <p class="pages">
            <button
              type="button"
              disabled={after.length === 0}
              onClick={() => setAfter(after.slice(0, -1))}
            >
              Back
            </button>
            <button
              type="button"
              disabled={!more}
              onClick={() => {
                const end = rows.at(-1);
                if (end !== undefined)
                  setAfter([...after, { name: end.name, value: end.persisted }]);
              }}
            >
              Next
            </button>
          </p>
        </>
      )}
    </Loaded>
  );
}

function CounterTable({
  rows,
  now,
}: {
  rows: Wire<CounterPage>['rows'];
  now: number;
}): JSX.Element {
  return (
    <Table label="Counters">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Total now
          </th>
          <th scope="col" class="number">
            Persisted
          </th>
          <th scope="col" class="spare">
            Written
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, total, persisted, updatedAt }) => {
          const text = total === undefined ? 'unknown' : count(total);
          const row = count(persisted);
          return (
            <tr key={name}>
              <th scope="row" class="name">
                <a href={hrefOf('counter', { name })}>{name}</a>
              </th>
              <td class={numberClass(text)}>{text}</td>
              <td class={numberClass(row) + (total === persisted ? '' : ' behind')}>{row}</td>
              <td class="spare" title={moment(updatedAt)}>
                {ago(updatedAt, now)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
