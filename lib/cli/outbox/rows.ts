import type { RefusedRow } from '../../database/outbox/outbox.js';
import type { Observer } from '../observer/observer.js';
import { table } from '../output/table.js';

/** Rows of one statement. */
export const TOGETHER = 500;

/** Rows that wait for an operator, read page by page, behind an id. */
export async function* refusedRows(
  { ports }: Observer,
  after?: string,
): AsyncGenerator<RefusedRow, void, undefined> {
  const { outbox } = ports.store;
  for (let from = after; ;) {
    const page = await outbox.refused(from, TOGETHER);
    yield* page;
    if (page.length < TOGETHER) return;
    from = page.at(-1)?.id;
  }
}

/** The rows that a command is about, as they are when they are read. */
export async function* rowsOf(
  observer: Observer,
  ids: ReadonlySet<string>,
): AsyncGenerator<RefusedRow, void, undefined> {
  for await (const row of refusedRows(observer)) if (ids.size === 0 || ids.has(row.id)) yield row;
}

/** As JSON has it. */
export const asData = ({ delta, madeAt, ...row }: RefusedRow): object => ({
  ...{ ...row, delta: BigInt(delta), madeAt: new Date(madeAt) },
});

/** Those of one reason stand together. */
export function shown(rows: readonly RefusedRow[]): string[] {
  return [...new Set(rows.map(({ reason }) => reason))].flatMap((reason) => {
    const cells = rows
      .filter((row) => row.reason === reason)
      .map((row) => [
        ...[row.id, row.name, row.delta, windowsOf(row), new Date(row.madeAt).toISOString()],
      ]);
    const lines = table(['id', 'counter', 'adds', 'windows', 'made'], cells);
    return [...table([reason], []), ...lines.map((line) => `  ${line}`)];
  });
}

/** Windows beside those of the module, as the increment names them. */
function windowsOf({ windows, moved, past }: RefusedRow): string {
  if (past !== undefined) return `${past.suffixes.length} of an import`;
  if (moved !== undefined) return moved.suffix === undefined ? 'of the total' : 'of one window';
  return windows.length === 0 ? '-' : windows.join();
}
