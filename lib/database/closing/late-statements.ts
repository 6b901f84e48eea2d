import type { BucketWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import { columns, tableName } from '../dialects/table-names.js';
import { CounterLate } from '../entities/closing.entities.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import { windowsText } from '../corrections/corrections.js';
import { idsFrom } from '../outbox/outbox-id.js';
import { listed, ofName, within, type Written } from './closing-statements.js';
import type { ClosedRange, LateRow } from './closings.js';

export interface FoundLate {
  id: string;
  name: string;
  span: BucketWindow;
  starts_at: string;
  delta: Int64String;
  noticed_at: string;
  carried_to: string;
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

/** Counters with rows of closed windows that were changed since a time without a batch. */
export function selectChangedSince(
  w: Written,
  time: number,
  { after, limit }: { after: string; limit: number },
): string {
  const [l, c] = [columns(w, CounterLate), columns(w, CounterCorrection)];
  const ofNamespace = `= ${w.text(w.namespace)}`;
  const late = `SELECT ${l.name} AS name FROM ${tableName(w, CounterLate)}
    WHERE ${l.namespace} ${ofNamespace} AND ${l.id} > ${w.text(idsFrom(time))}`;
  const corrected = `SELECT ${c.name} AS name FROM ${tableName(w, CounterCorrection)}
    WHERE ${c.namespace} ${ofNamespace} AND ${c.madeAt} >= ${w.time(time)} AND ${c.closed} <> ${w.text(windowsText([]))}`;
  return `SELECT ${w.asText('changed.name')} AS name FROM (${late} UNION ${corrected}) AS changed
    WHERE changed.name > ${w.text(after)} ORDER BY changed.name LIMIT ${limit}`;
}
