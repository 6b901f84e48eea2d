import type { DataSource } from 'typeorm';
import { bucketSuffix, type BucketWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import { endOf } from '../dialects/end-of-prefix.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterClosed, CounterClosing, CounterLate } from '../entities/closing.entities.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import { MOVED, PAST, windowsText } from '../outbox/outbox.js';
import {
  type ClosedRange,
  type ClosedWindow,
  type LateRow,
  MOST_CLOSINGS,
  rangeOf,
} from './closings.js';
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

export interface FoundLate {
  id: string;
  name: string;
  span: BucketWindow;
  starts_at: string;
  delta: Int64String;
  noticed_at: string;
  carried_to: string;
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

export interface Waiting {
  waiting: string;
}

/** What is added to the number of a part in a closed window. */
export interface CorrectedPart extends ClosedWindow {
  delta: Int64String;
}

const listed = (values: readonly string[]): string => values.join(', ');

/** A metered name itself, and its parts. */
const ofName = (w: Written, column: string, name: string): string =>
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

const within = (
  w: Written,
  t: { window: string; startsAt: string },
  { window, first, last }: ClosedRange,
): string[] => [
  `held.${t.window} = ${w.text(window)}`,
  `held.${t.startsAt} >= ${w.time(first)} AND held.${t.startsAt} <= ${w.time(last)}`,
];

/** Keeps what rows hold, of one moment. */
export function keepNumbers(w: Written, { name, window, start }: ClosedWindow): string {
  const [b, c] = [columns(w, CounterBucket), columns(w, CounterClosed)];
  const into = [c.namespace, c.window, c.startsAt, c.name, c.value, c.rowValue];
  const from = [b.namespace, b.window, b.startsAt, b.name, b.value, b.value];
  return `INSERT INTO ${tableName(w, CounterClosed)} (${listed(into)})
    SELECT ${listed(from.map((column) => `held.${column}`))} FROM ${tableName(w, CounterBucket)} AS held
     WHERE held.${b.namespace} = ${w.text(w.namespace)} AND ${within(w, b, rangeOf({ window, start })).join(' AND ')}
       AND ${ofName(w, `held.${b.name}`, name)}`;
}

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
      AND NOT EXISTS (SELECT 1 FROM ${tableName(w, CounterBucket)} AS held WHERE ${same.join(' AND ')})`;
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

/** How many increments that are committed wait to be counted in a window, or are for its time. */
export function countWaiting(w: Written, closed: ClosedWindow, end: number): string {
  const t = columns(w, CounterOutbox);
  const [moved, past] = [
    windowsText({ windows: [], moved: { suffix: bucketSuffix(closed) } }),
    PAST,
  ];
  const where = [
    `${t.namespace} = ${w.text(w.namespace)} AND ${t.refused} = ${w.text('')}`,
    ofName(w, t.name, closed.name),
    `(${t.windows} = ${w.text(moved)} OR ${t.windows} LIKE ${w.text(`${past}%`)} OR
      (${t.windows} NOT LIKE ${w.text(`${MOVED}%`)} AND ${t.madeAt} < ${w.time(end)}))`,
  ];
  return `SELECT ${w.asText('COUNT(*)')} AS waiting FROM ${tableName(w, CounterOutbox)} WHERE ${where.join(' AND ')}`;
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
  const kept = [
    `kept.${c.namespace} = held.${b.namespace} AND kept.${c.window} = held.${b.window}`,
    `kept.${c.startsAt} = held.${b.startsAt} AND kept.${c.name} = held.${b.name}`,
  ];
  const some = 'names' in which ? which.names : undefined;
  const where = [
    `held.${b.namespace} = ${w.text(w.namespace)}`,
    ...within(w, b, rangeOf({ window, start })),
    some === undefined
      ? ofName(w, `held.${b.name}`, name)
      : `held.${b.name} IN (${listed(some.map((each) => w.text(each)))})`,
    `held.${b.value} <> COALESCE(kept.${c.rowValue}, 0)`,
  ];
  return `SELECT ${w.asText(`held.${b.name}`)} AS name, ${w.asText(`held.${b.value}`)} AS value, ${w.asText(`kept.${c.rowValue}`)} AS closed
    FROM ${tableName(w, CounterBucket)} AS held LEFT JOIN ${tableName(w, CounterClosed)} AS kept ON ${kept.join(' AND ')}
    WHERE ${where.join(' AND ')} ORDER BY held.${b.name}
    ${'limit' in which ? `LIMIT ${which.limit}` : w.locking('held')}`;
}

export function insertLate(w: Written, rows: readonly LateRow[]): string {
  const t = columns(w, CounterLate);
  const into = [t.namespace, t.id, t.name, t.window, t.startsAt, t.delta, t.noticedAt, t.carriedTo];
  const written = rows.map(({ id, name, window, start, delta, noticedAt, carriedTo = start }) =>
    listed([
      ...[w.text(w.namespace), w.text(id), w.text(name), w.text(window), w.time(start), delta],
      ...[w.time(noticedAt.getTime()), w.time(carriedTo)],
    ]),
  );
  return `INSERT INTO ${tableName(w, CounterLate)} (${listed(into)}) VALUES (${written.join('), (')})`;
}

export function selectLate(
  w: Written,
  name: string,
  range: ClosedRange,
  { after, limit }: { after?: string | undefined; limit: number },
): string {
  const t = columns(w, CounterLate);
  const where = [
    `held.${t.namespace} = ${w.text(w.namespace)}`,
    ...(after === undefined ? [] : [`held.${t.id} > ${w.text(after)}`]),
    ...within(w, t, range),
    ofName(w, `held.${t.name}`, name),
  ];
  return `SELECT ${w.asText(`held.${t.id}`)} AS id, ${w.asText(`held.${t.name}`)} AS name, ${w.asText(`held.${t.window}`)} AS span,
      ${w.asMilliseconds(`held.${t.startsAt}`)} AS starts_at, ${w.asText(`held.${t.delta}`)} AS delta,
      ${w.asMilliseconds(`held.${t.noticedAt}`)} AS noticed_at, ${w.asMilliseconds(`held.${t.carriedTo}`)} AS carried_to
    FROM ${tableName(w, CounterLate)} AS held WHERE ${where.join(' AND ')} ORDER BY held.${t.id} LIMIT ${limit}`;
}
