import {
  NO_INTERVAL,
  type OutboxState,
  parseWindows,
  type RefusedRow,
  type TakenRow,
} from './outbox.js';
import type { FoundRefusal, FoundRow, FoundState } from './outbox-statements.js';

export const takenRow = (row: FoundRow): TakenRow => ({
  id: row.id,
  name: row.name,
  delta: row.delta,
  ...parseWindows(row.windows),
  updateInterval:
    row.update_interval === String(NO_INTERVAL) ? undefined : Number(row.update_interval),
  madeAt: Number(row.made_at),
  takenFor: Number(row.taken_for),
  takenBy: row.taken_by,
});

export const inOrder = (rows: readonly FoundRow[]): TakenRow[] =>
  rows.map(takenRow).sort((one, other) => (one.id < other.id ? -1 : 1));

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
