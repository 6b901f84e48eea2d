import type { DataSource } from 'typeorm';
import type { BucketWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import { endOf } from '../dialects/end-of-prefix.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterClosed, CounterClosing } from '../entities/closing.entities.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { type ClosedRange, type ClosedWindow, MOST_CLOSINGS, rangeOf } from './closings.js';
import type { WrittenValues } from './written-values.js';

/** Where a statement is sent, and how values are written there. */
export interface Written extends WrittenValues {
  readonly dataSource: DataSource;
  readonly namespace: string;
}

/** A row of a closing, as every engine answers it: texts alone. */
export interface FoundClosing {
  id: string;
  name: string;
  span: BucketWindow;
  starts_at: string;
  closed_at: string;
  closed_by: string;
}

/** A part whose row does not hold what it should. */
export interface Differing {
  name: string;
  value: Int64String;
  /** What it should hold. Null where the part had no row when the window was closed. */
  closed: Int64String | null;
}

export interface FoundNumber {
  value: Int64String;
}

/** What is added to the number of a part in a closed window. */
export interface CorrectedPart extends ClosedWindow {
  delta: Int64String;
}

export const listed = (values: readonly string[]): string => values.join(', ');

/** A metered name itself, and its parts. */
export const ofName = (w: Written, column: string, name: string): string =>
  `(${column} = ${w.text(name)} OR (${column} >= ${w.text(`${name}{`)} AND ${column} <= ${w.text(endOf(`${name}{`))}))`;

export function insertClosing(w: Written, closed: ClosedWindow, id: string, by: string): string {
  const t = columns(w, CounterClosing);
  const into = [t.namespace, t.name, t.window, t.startsAt, t.id, t.closedAt, t.closedBy];
  const { name, window, start } = closed;
  const values = [w.text(w.namespace), w.text(name), w.text(window), w.time(start)];
  return `INSERT INTO ${tableName(w, CounterClosing)} (${listed(into)})
    VALUES (${listed([...values, w.text(id), w.now, w.text(by)])}) ${w.keeping(t.id)}`;
}

export function selectClosings(
  w: Written,
  of: { name?: string; range: ClosedRange } | { since: number; skipped: number },
): string {
  const t = columns(w, CounterClosing);
  const where = [`held.${t.namespace} = ${w.text(w.namespace)}`];
  if ('since' in of) where.push(`held.${t.startsAt} > ${w.time(of.since)}`);
  else {
    const { name, range } = of;
    if (name !== undefined) where.push(`held.${t.name} = ${w.text(name)}`);
    where.push(...within(w, t, range));
  }
  return `SELECT ${w.asText(`held.${t.id}`)} AS id, ${w.asText(`held.${t.name}`)} AS name, ${w.asText(`held.${t.window}`)} AS span,
      ${w.asMilliseconds(`held.${t.startsAt}`)} AS starts_at, ${w.asMilliseconds(`held.${t.closedAt}`)} AS closed_at,
      ${w.asText(`held.${t.closedBy}`)} AS closed_by
    FROM ${tableName(w, CounterClosing)} AS held WHERE ${where.join(' AND ')}
    ORDER BY held.${t.startsAt} ${'since' in of ? 'DESC' : 'ASC'}, held.${t.name} LIMIT ${MOST_CLOSINGS}${'since' in of ? ` OFFSET ${of.skipped}` : ''}`;
}

export const within = (
  w: Written,
  t: { window: string; startsAt: string },
  { window, first, last }: ClosedRange,
): string[] => [
  `held.${t.window} = ${w.text(window)}`,
  `held.${t.startsAt} >= ${w.time(first)} AND held.${t.startsAt} <= ${w.time(last)}`,
];

/** What a part counted in a closed window. */
export function selectNumber(w: Written, part: ClosedWindow): string {
  const t = columns(w, CounterClosed);
  return `SELECT ${w.asText(t.value)} AS value FROM ${tableName(w, CounterClosed)} WHERE ${ofWindows(w, t, [part])}`;
}

/** Which of these windows are closed. */
export function selectClosed(w: Written, windows: readonly ClosedWindow[]): string {
  const t = columns(w, CounterClosing);
  return `SELECT ${w.asText(t.name)} AS name, ${w.asText(t.window)} AS span, ${w.asMilliseconds(t.startsAt)} AS starts_at
    FROM ${tableName(w, CounterClosing)} WHERE ${ofWindows(w, t, windows)}`;
}

/** Rows of these windows should hold nothing from now on: they were removed, or set anew. */
export function forgetRows(w: Written, parts: readonly ClosedWindow[]): string {
  const t = columns(w, CounterClosed);
  return `UPDATE ${tableName(w, CounterClosed)} SET ${t.rowValue} = 0
    WHERE ${ofWindows(w, t, parts)} AND ${t.rowValue} <> 0`;
}

/** As `forgetRows()`, of windows that begin before a time and have no row any more. */
export function forgetRowsBefore(w: Written, window: BucketWindow, before: number): string {
  const [b, c] = [columns(w, CounterBucket), columns(w, CounterClosed)];
  const table = tableName(w, CounterClosed);
  const same = (['namespace', 'window', 'startsAt', 'name'] as const).map(
    (each) => `held.${b[each]} = ${table}.${c[each]}`,
  );
  return `UPDATE ${table} SET ${c.rowValue} = 0
    WHERE ${c.namespace} = ${w.text(w.namespace)} AND ${c.window} = ${w.text(window)}
      AND ${c.startsAt} < ${w.time(before)} AND ${c.rowValue} <> 0
      AND (SELECT 1 FROM ${tableName(w, CounterBucket)} AS held WHERE ${same.join(' AND ')}) IS NULL`;
}

/** Rows with one of these names, windows and times. */
function ofWindows(
  w: Written,
  t: { namespace: string; name: string; window: string; startsAt: string },
  windows: readonly ClosedWindow[],
): string {
  const each = windows.map(
    ({ name, window, start }) =>
      `(${t.window} = ${w.text(window)} AND ${t.startsAt} = ${w.time(start)} AND ${t.name} = ${w.text(name)})`,
  );
  return `${t.namespace} = ${w.text(w.namespace)} AND (${each.join(' OR ')})`;
}

/** Adds to the numbers of parts in closed windows, and to what their rows should hold. */
export function addToClosed(w: Written, corrected: readonly CorrectedPart[]): string {
  const t = columns(w, CounterClosed);
  const table = tableName(w, CounterClosed);
  const key = [t.namespace, t.window, t.startsAt, t.name];
  const rows = corrected.map(({ name, window, start, delta }) =>
    listed([w.text(w.namespace), w.text(window), w.time(start), w.text(name), delta, delta]),
  );
  const sums = [t.value, t.rowValue];
  return `INSERT INTO ${table} (${listed([...key, ...sums])}) VALUES (${rows.join('), (')}) ${w.adding(table, sums, key)}`;
}

/** Parts of a closed window whose rows hold more or less than they should: of these names, which are locked, or else any. */
export function selectDiffering(
  w: Written,
  { name, window, start }: ClosedWindow,
  which: { limit: number } | { names: readonly string[] },
): string {
  const [b, c] = [columns(w, CounterBucket), columns(w, CounterClosed)];
  const same = [
    `kept.${c.namespace} = held.${b.namespace} AND kept.${c.window} = held.${b.window}`,
    `kept.${c.startsAt} = held.${b.startsAt} AND kept.${c.name} = held.${b.name}`,
  ];
  // looked up for each row: a join of tables without statistics compares each row with each
  const kept = (answered: string): string =>
    `(SELECT ${answered} FROM ${tableName(w, CounterClosed)} AS kept WHERE ${same.join(' AND ')})`;
  const some = 'names' in which ? which.names : undefined;
  const where = [
    `held.${b.namespace} = ${w.text(w.namespace)}`,
    ...within(w, b, rangeOf({ window, start })),
    some === undefined
      ? ofName(w, `held.${b.name}`, name)
      : `held.${b.name} IN (${listed(some.map((each) => w.text(each)))})`,
    `held.${b.value} <> COALESCE(${kept(`kept.${c.rowValue}`)}, 0)`,
  ];
  return `SELECT ${w.asText(`held.${b.name}`)} AS name, ${w.asText(`held.${b.value}`)} AS value, ${kept(w.asText(`kept.${c.rowValue}`))} AS closed
    FROM ${tableName(w, CounterBucket)} AS held
    WHERE ${where.join(' AND ')} ORDER BY held.${b.name}
    ${'limit' in which ? `LIMIT ${which.limit}` : w.locking('held')}`;
}
