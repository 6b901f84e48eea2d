import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ParcelAnswer, Wire } from '../../api/answers.js';
import { ago, count, many, moment, numberClass } from '../format.js';
import { Failure, Loaded, Nothing, Section, Table } from '../parts.js';
import { pathOf, useRead } from '../read.js';
import { hrefOf } from '../router.js';
import { Operate } from './operate.js';

type Seen = Wire<ParcelAnswer>;
type Counter = Seen['counters'][number];

interface ParcelProps {
  id: string;
  canOperate: boolean;
  onDone: () => void;
}

export function Parcel({ id, canOperate, onDone }: ParcelProps): JSX.Element {
  const [name, setName] = useState('');
  const read = useRead<Seen>(pathOf('parcel', { id, name }), 5_000);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const shown = read.data?.counters.map((it) => it.name) ?? [];
  const chosen = shown.filter((it) => selected.has(it));
  const select = (names: readonly string[], isOn: boolean): void => {
    const all = new Set(selected);
    for (const each of names) {
      if (isOn) all.add(each);
      else all.delete(each);
    }
    setSelected(all);
  };
  const done = (): void => {
    setSelected(new Set());
    read.again();
    onDone();
  };
  return (
    <Section
      title={`Parcel ${read.data?.short ?? ''}`}
      note={
        <>
          Nothing is done before a dry run.{' '}
          <a href={pathOf('api/export', { id })}>Save all entries as a file</a>
        </>
      }
    >
      <div class="stack">
        <label class="field">
          Only names that begin with
          <input
            type="search"
            value={name}
            maxLength={191}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <Loaded of={read}>
          {(data) => (
            <Counters
              data={data}
              now={read.at}
              selected={selected}
              onSelect={canOperate ? select : undefined}
            />
          )}
        </Loaded>
        {canOperate ? (
          <Operate id={id} short={read.data?.short ?? ''} names={chosen} onDone={done} />
        ) : (
          <p class="note">
            This dashboard is read-only for you: whoever may operate can replay or discard these
            counts here.
          </p>
        )}
      </div>
    </Section>
  );
}

interface CountersProps {
  data: Seen;
  now: number;
  selected: ReadonlySet<string>;
  /** Absent where nothing can be selected. */
  onSelect: ((names: readonly string[], isOn: boolean) => void) | undefined;
}

function Counters({
  data: { short, counters, entries, sum, more, looked, error },
  now,
  selected,
  onSelect,
}: CountersProps): JSX.Element {
  if (short === undefined) return <Nothing>Nothing is left of this parcel.</Nothing>;
  const part = looked !== undefined && (
    <p class="note">
      The first {count(looked)} entries of this parcel were looked at, and there are more:{' '}
      <code>npx fastcounter parked show {short}</code> lists up to 100,000.
    </p>
  );
  if (counters.length === 0) {
    return (
      <>
        <Nothing>
          Nothing of this name is {part ? 'among what was looked at' : 'in this parcel'}.
        </Nothing>
        {part}
      </>
    );
  }
  const names = counters.map(({ name }) => name);
  return (
    <>
      {error !== undefined && <Failure text={`Rows cannot be read. ${error}.`} />}
      <p class="note">
        {many(entries, 'entry', 'entries')} of {more ? 'more than ' : ''}
        {many(counters.length, 'counter')}, {count(sum)} in sum.
        {more && ' The largest are shown: look for the others by their names.'}
      </p>
      {part}
      <Table label="Counters of this parcel">
        <thead>
          <tr>
            {onSelect !== undefined && (
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={names.every((it) => selected.has(it))}
                  onChange={({ currentTarget }) => onSelect(names, currentTarget.checked)}
                />
              </th>
            )}
            <th scope="col">Counter</th>
            <th scope="col" class="number">
              Put aside
            </th>
            <th scope="col" class="number spare">
              Row
            </th>
            <th scope="col" class="spare">
              Row written
            </th>
            <th scope="col">Counted already?</th>
          </tr>
        </thead>
        <tbody>
          {counters.map((counter) => (
            <Row
              key={counter.name}
              of={counter}
              now={now}
              isOn={selected.has(counter.name)}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </Table>
    </>
  );
}

interface RowProps {
  of: Counter;
  now: number;
  isOn: boolean;
  onSelect: CountersProps['onSelect'];
}

function Row({
  of: { name, delta, windows, replaced, row, hint },
  now,
  isOn,
  onSelect,
}: RowProps): JSX.Element {
  return (
    <tr>
      {onSelect !== undefined && (
        <td>
          <input
            type="checkbox"
            aria-label={`Select ${name}`}
            checked={isOn}
            onChange={({ currentTarget }) => onSelect([name], currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row" class="name">
        <a href={hrefOf('counter', { name })}>{name}</a>
        {windows.length > 0 && (
          <span class="note"> and {count(windows.length)} of its windows</span>
        )}
      </th>
      <td class={numberClass(count(delta))}>{count(delta)}</td>
      <td class="number spare">
        {row === undefined ? 'unknown' : row === null ? 'none' : count(row.value)}
      </td>
      <td class="spare" title={row ? moment(row.updatedAt) : undefined}>
        {row ? ago(row.updatedAt, now) : '–'}
      </td>
      <td>
        {hint}
        {replaced > 0 && <span class="note"> · was set or deleted</span>}
      </td>
    </tr>
  );
}
