import { expectTable } from '../../counting/outbox/expect-table.js';
import type { RefusedRow } from '../../database/outbox/outbox.js';
import type { Opened } from '../observer/open.js';
import type { Observer } from '../observer/observer.js';
import { plural, table } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { Options, VerbOption } from '../verb.js';

/** Rows of one statement. */
export const TOGETHER = 500;
/** Rows that are named. */
export const MOST_NAMED = 1000;
/** Rows that a command shows. */
const MOST_SHOWN = 1000;

export const ALL: Readonly<Record<string, VerbOption>> = {
  all: { does: 'all rows that wait for an operator' },
};

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

/** What a command is to count or to discard. */
export interface ChosenRows {
  /** Those that are named; none: all. */
  ids: ReadonlySet<string>;
  count: number;
  /** The first of them, as JSON has them. */
  rows: object[];
  leftOut: number;
  /** In a sentence. */
  what: string;
  /** The first of them, as lines. */
  lines: string[];
}

/** Which rows are meant. Throws `Refusal` where that is not said, or where a row does not wait. */
export async function chosenRows(
  verb: string,
  { observer }: Opened,
  operands: readonly string[],
  options: Options,
): Promise<ChosenRows> {
  if ((operands.length === 0) === (options.all !== true)) {
    throw new Refusal(`"${verb}" needs either ids or --all`);
  }
  await expectTable(observer.ports.store.outbox, `"${verb}" needs`);
  const ids = new Set(operands);
  const missing = new Set(operands);
  const first: RefusedRow[] = [];
  let [count, sum] = [0, 0n];
  for await (const row of rowsOf(observer, ids)) {
    missing.delete(row.id);
    if (count++ < MOST_SHOWN) first.push(row);
    sum += BigInt(row.delta);
  }
  const [unknown] = missing;
  if (unknown !== undefined) {
    throw new Refusal(
      `No row ${JSON.stringify(unknown)} waits, or no more: "fastcounter outbox" lists them`,
    );
  }
  const leftOut = count - first.length;
  const lines = leftOut > 0 ? [...shown(first), `${leftOut} rows are left out here`] : shown(first);
  return { ids, count, rows: first.map(asData), leftOut, what: whatOf(count, sum), lines };
}

export const whatOf = (rows: number, sum: bigint): string =>
  `${plural(rows, 'row')}, ${String(sum)} in all`;

/** Ids in calls of bounded size. */
export async function inCalls(
  rows: AsyncIterable<{ id: string }>,
  call: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  let ids: string[] = [];
  for await (const { id } of rows) {
    if (ids.push(id) < TOGETHER) continue;
    await call(ids);
    ids = [];
  }
  if (ids.length > 0) await call(ids);
}

/** sql.js has read the file into the memory of this process, and the application has it in its own. */
export function expectShared({ dataSource }: Opened): void {
  if (dataSource.options.type !== 'sqljs') return;
  throw new Refusal(
    'By sql.js the rows are in the memory of the application: install better-sqlite3 to change them from outside. Nothing was changed',
  );
}

/** What is said of rows that did not wait any more. */
export const changedSince = (rows: number): string =>
  `${rows} of them did not wait any more: somebody else has had them counted or discarded. Nothing was done about these`;

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
