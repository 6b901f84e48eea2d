import { bucketSuffix } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';
import { outboxIds } from '../outbox/outbox-id.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { Differing, FoundClosing } from './closing-statements.js';
import type { FoundLate } from './late-statements.js';
import { bucketOf } from './closed-parts.js';
import type { ClosedWindow, Closing, LateRow } from './closings.js';

const idOf = outboxIds();

export const closingOf = (found: FoundClosing): Closing => ({
  id: found.id,
  name: found.name,
  window: found.span,
  start: Number(found.starts_at),
  closedAt: new Date(Number(found.closed_at)),
  by: found.closed_by,
});

export function lateOf(found: FoundLate): LateRow {
  const { id, name, span: window, delta } = found;
  const [start, carriedTo] = [Number(found.starts_at), Number(found.carried_to)];
  const row = { id, name, window, start, delta, noticedAt: new Date(Number(found.noticed_at)) };
  return carriedTo === start ? row : { ...row, carriedTo };
}

/** What the row of a part holds beside its closed number. */
export function lateRows(
  { window, start }: ClosedWindow,
  carriedTo: number | undefined,
  differing: readonly Differing[],
): LateRow[] {
  const now = Date.now();
  return differing.map(({ name, value, closed }) => ({
    ...{ id: idOf(now), name, window, start, noticedAt: new Date(now), carriedTo },
    delta: String(BigInt(value) - BigInt(closed ?? 0)),
  }));
}

/** What brings the rows of a closed window back to their numbers. */
export const takenBack = (rows: readonly LateRow[]): { name: string; delta: Int64String }[] =>
  rows.map((row) => ({ name: bucketOf(row), delta: String(-BigInt(row.delta)) }));

/** What counts in another window instead. */
export const carriedRows = (rows: readonly LateRow[]): OutboxRow[] =>
  rows.flatMap(({ name, window, delta, carriedTo, noticedAt }) => {
    if (carriedTo === undefined) return [];
    const moved = { suffix: bucketSuffix({ window, start: carriedTo }) };
    const madeAt = noticedAt.getTime();
    return [{ id: idOf(madeAt), name, delta, windows: [], madeAt, moved }];
  });
