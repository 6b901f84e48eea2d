import type { OutboxRow, TakenRow } from '../../database/outbox/outbox.js';
import { checkIncrement } from '../../input/arguments.js';
import { bucketName, parseName } from '../../words/bucket-name.js';
import type { Addition } from '../buffer/addition.js';

/** The counter, or the bucket, that a row adds to. */
export const countedName = ({ name, moved }: OutboxRow): string =>
  moved?.suffix === undefined ? name : bucketName(name, moved.suffix);

/** All that a row adds to, as far as it is known. */
export const countedNames = (row: TakenRow): string[] => [
  countedName(row),
  ...(row.past?.suffixes ?? []).map((suffix) => bucketName(row.name, suffix)),
];

/** Whether a row stays until what it adds is persisted: nobody could count it again. */
export const isKept = ({ moved, past }: TakenRow): boolean =>
  moved !== undefined || past !== undefined;

/** The increment of a row. Anybody may have written the row: throws where it makes no sense. `notAfter`: see `CountedRow`. */
export function additionOf(row: TakenRow, notAfter: number): Addition {
  const { name, delta, updateInterval, madeAt, moved, past } = row;
  const buckets = (past?.suffixes ?? []).map((suffix) => parseName(bucketName(name, suffix)));
  const found = buckets.flatMap(({ bucket }) => bucket ?? []);
  const windows = past === undefined ? row.windows : found.map(({ window }) => window);
  const increment = checkIncrement({ name, delta: BigInt(delta), windows, updateInterval });
  const inWindows = moved === undefined && (past === undefined || found.length > 0);
  // the window that begins last is in all the others
  const moment = found.length === 0 ? madeAt : Math.max(...found.map(({ start }) => start));
  return {
    ...{ ...increment, name: countedName(row), inWindows, madeAt: moment },
    row: { id: row.id, notAfter },
  };
}
