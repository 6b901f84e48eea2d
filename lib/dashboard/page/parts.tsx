import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { span } from './format.js';
import type { Read } from './read.js';

type Children = ComponentChildren;

export function Section({
  title,
  note,
  children,
}: {
  title: string;
  note?: Children;
  children: Children;
}): JSX.Element {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
      </header>
      {children}
    </section>
  );
}

interface TileProps {
  label: string;
  value: Children;
  note?: Children;
  tone?: 'bad' | 'good' | undefined;
  /** The value is of a time before. */
  stale?: boolean;
  children?: Children;
}

export function Tile({
  label,
  value,
  note,
  tone,
  stale = false,
  children,
}: TileProps): JSX.Element {
  return (
    <div class={`tile ${tone ?? ''} ${stale ? 'stale' : ''}`}>
      <dt>{label}</dt>
      <dd>
        <span class="value">{value}</span>
        {note !== undefined && <span class="note">{note}</span>}
        {children}
      </dd>
    </div>
  );
}

/** What is there instead of what was asked for. */
export function Nothing({ children }: { children: Children }): JSX.Element {
  return <p class="nothing">{children}</p>;
}

/** Why something is not, or not anew, to be seen. */
export function Failure({
  text,
  since,
}: {
  text: string;
  since?: number | undefined;
}): JSX.Element {
  return (
    <p class="failure">
      <b role="alert">{text}</b>
      {since !== undefined && ` What is shown is ${span(Date.now() - since)} old.`}
    </p>
  );
}

/** Shows what was read; where it cannot be read any more, in grey. */
export function Loaded<Answer>({
  of: { data, error, at },
  children,
}: {
  of: Read<Answer>;
  children: (data: Answer) => Children;
}): JSX.Element {
  if (data === undefined) {
    return error === undefined ? (
      <p class="nothing">Loading …</p>
    ) : (
      <Failure text={`${error.message}.`} />
    );
  }
  return (
    <>
      {error !== undefined && <Failure text={`${error.message}.`} since={at} />}
      <div class={error === undefined ? undefined : 'stale'}>{children(data)}</div>
    </>
  );
}

/** A table that scrolls by itself where there is no room for it, by keyboard too. */
export function Table({
  label,
  tall = false,
  children,
}: {
  label: string;
  tall?: boolean;
  children: Children;
}): JSX.Element {
  return (
    <div class={tall ? 'table tall' : 'table'} role="group" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** A part of a whole, beside its number. */
export function Bar({ part, tone = '' }: { part: number; tone?: string }): JSX.Element {
  const width = Math.max(0, Math.min(1, Number.isFinite(part) ? part : 0)) * 100;
  return (
    <svg class={`bar ${tone}`} aria-hidden="true">
      <rect class="rail" width="100%" height="8" rx="4" />
      {width > 0 && <rect class="fill" width={`${Math.max(width, 1)}%`} height="8" rx="4" />}
    </svg>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: ChoiceProps<Value>): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div>
        {options.map(([each, text]) => (
          <label key={each}>
            <input
              type="radio"
              name={name}
              checked={each === value}
              onChange={() => onChange(each)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Values of dimensions. */
export function Dimensions({ of }: { of: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <span class="dimensions">
      {Object.entries(of).map(([key, value]) => (
        <span key={key}>
          <i>{key}</i> {value === '' ? '(empty)' : value}
        </span>
      ))}
    </span>
  );
}
