import { expectTable } from '../../counting/outbox/expect-table.js';
import type { RefusedRow } from '../../database/outbox/outbox.js';
import { expectServers, NOT_MEANT } from '../mending/before-changes.js';
import type { Opened } from '../observer/open.js';
import { plural } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { Answer, Call, VerbOption } from '../verb.js';
import { asData, rowsOf, shown } from './rows.js';

/** Rows that are named. */
export const MOST_NAMED = 1000;
/** Rows that a command shows. */
const MOST_SHOWN = 1000;

export const ALL: Readonly<Record<string, VerbOption>> = {
  all: { does: 'all rows that wait for an operator' },
};

/** What a command is to count or to discard. */
interface ChosenRows {
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
async function chosenRows(
  verb: string,
  { observer }: Opened,
  { operands, options }: Call,
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

const whatOf = (rows: number, sum: bigint): string =>
  `${plural(rows, 'row')}, ${String(sum)} in all`;

/** sql.js has read the file into the memory of this process, and the application has it in its own. */
function expectShared({ dataSource }: Opened): void {
  if (dataSource.options.type !== 'sqljs') return;
  throw new Refusal(
    'By sql.js the rows are in the memory of the application: install better-sqlite3 to change them from outside. Nothing was changed',
  );
}

/** What a command does with rows. */
interface Change {
  verb: string;
  /** What it would do, in a sentence. */
  would: (what: string) => string;
  /** What `data` has where nothing was done. */
  nothing: object;
  run: (opened: Opened, chosen: ChosenRows) => Promise<Answer>;
}

/** Changes rows, where that is meant and possible. */
export async function changeRows(call: Call, change: Change): Promise<Answer> {
  const opened = await call.connect();
  const chosen = await chosenRows(change.verb, opened, call);
  const { rows, leftOut, what, lines } = chosen;
  if (!call.isMeant) {
    const text = [...lines, change.would(what), NOT_MEANT];
    return { data: { rows, leftOut, ...change.nothing }, text, exit: 0 };
  }
  expectShared(opened);
  await expectServers(opened);
  return change.run(opened, chosen);
}
