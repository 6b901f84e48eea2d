import { bucketSuffix } from '../../words/bucket-name.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterClosed } from '../entities/closing.entities.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import { MOVED, PAST, windowsText } from '../outbox/outbox.js';
import { listed, ofName, within, type Written } from './closing-statements.js';
import { type ClosedWindow, rangeOf } from './closings.js';

export interface FoundName {
  name: string;
}

export interface Waiting {
  waiting: string;
}

/** Which parts are copied in one statement, by their names. */
export interface PartRange {
  /** Those behind this name. */
  after: string;
  /** The last one; undefined for all that are left. */
  last?: string | undefined;
}

/** The last name of the next so many parts; none where there are fewer. */
export function selectLastOfPage(
  w: Written,
  closed: ClosedWindow,
  after: string,
  size: number,
): string {
  const b = columns(w, CounterBucket);
  return `SELECT ${w.asText(`held.${b.name}`)} AS name FROM ${tableName(w, CounterBucket)} AS held
    WHERE ${partsOfWindow(w, b, closed, { after })} ORDER BY held.${b.name} LIMIT 1 OFFSET ${size - 1}`;
}

function partsOfWindow(
  w: Written,
  b: { namespace: string; name: string; window: string; startsAt: string },
  { name, window, start }: ClosedWindow,
  { after, last }: PartRange,
): string {
  const where = [
    `held.${b.namespace} = ${w.text(w.namespace)}`,
    ...within(w, b, rangeOf({ window, start })),
    ofName(w, `held.${b.name}`, name),
    ...(after === '' ? [] : [`held.${b.name} > ${w.text(after)}`]),
    ...(last === undefined ? [] : [`held.${b.name} <= ${w.text(last)}`]),
  ];
  return where.join(' AND ');
}

/** Keeps what rows hold, of the moment of this statement. */
export function keepNumbers(w: Written, closed: ClosedWindow, range: PartRange): string {
  const [b, c] = [columns(w, CounterBucket), columns(w, CounterClosed)];
  const into = [c.namespace, c.window, c.startsAt, c.name, c.value, c.rowValue];
  const from = [b.namespace, b.window, b.startsAt, b.name, b.value, b.value];
  return `INSERT INTO ${tableName(w, CounterClosed)} (${listed(into)})
    SELECT ${listed(from.map((column) => `held.${column}`))} FROM ${tableName(w, CounterBucket)} AS held
     WHERE ${partsOfWindow(w, b, closed, range)}`;
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
