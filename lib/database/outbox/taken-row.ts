import {
  NO_INTERVAL,
  type OutboxRow,
  type OutboxState,
  parseWindows,
  type RefusedRow,
  type TakenRow,
} from './outbox.js';
import type { FoundRefusal, FoundRow, FoundState } from './outbox-statements.js';

/** Rows as they were found, and where each of those is counted from now on that nobody had taken. */
export function takenRows(
  found: readonly FoundRow[],
  by: (row: OutboxRow) => string,
): { rows: TakenRow[]; marks: ReadonlyMap<string, readonly string[]> } {
  const marks = new Map<string, string[]>();
  const rows = found.map((one): TakenRow => {
    const row = outboxRow(one);
    const takenBefore = one.taken_by !== '';
    if (takenBefore) {
      return { ...row, takenFor: Number(one.taken_for), takenBy: one.taken_by, takenBefore };
    }
    const takenBy = by(row);
    const marked = marks.get(takenBy);
    if (marked === undefined) marks.set(takenBy, [row.id]);
    else marked.push(row.id);
    return { ...row, takenFor: 0, takenBy, takenBefore };
  });
  return { rows: rows.sort((one, other) => (one.id < other.id ? -1 : 1)), marks };
}

const outboxRow = (row: FoundRow): OutboxRow => ({
  id: row.id,
  name: row.name,
  delta: row.delta,
  ...parseWindows(row.windows),
  updateInterval:
    row.update_interval === String(NO_INTERVAL) ? undefined : Number(row.update_interval),
  madeAt: Number(row.made_at),
});

export const refusedRow = ({
  id,
  name,
  delta,
  windows,
  made_at,
  reason,
}: FoundRefusal): RefusedRow => ({
  ...{ id, name, delta, ...parseWindows(windows), madeAt: Number(made_at), reason },
});

export const stateOf = ({ waiting, refused, oldest }: FoundState): OutboxState => ({
  waiting: Number(waiting),
  refused: Number(refused),
  oldest: oldest === null ? undefined : new Date(Number(oldest)),
});
