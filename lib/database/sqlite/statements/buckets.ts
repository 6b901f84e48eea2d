import type { StoreProblem } from '../../../cache/counter-cache.js';
import { splitWindowsWarning } from '../../split-windows.js';
import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type BucketWindow,
  parseName,
} from '../../../words/bucket-name.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import type { BucketQuery, TopQuery, TopRow } from '../../counter-store.js';
import type { ExpiredBuckets } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import type { Value } from '../sqlite-database.js';
import { at, digits, list, parseTime, timeText, whole } from './texts.js';

/** The oldest first, in the order of the index on windows and times. */
export function deleteBuckets(
  session: SqliteSession,
  namespace: string,
  { window, before, clock }: ExpiredBuckets,
  limit: number,
): number {
  const b = columns(session, CounterBucket);
  const table = tableName(session, CounterBucket);
  session.query(
    `DELETE FROM ${table} WHERE rowid IN (
       SELECT rowid FROM ${table}
        WHERE ${b.namespace} = ? AND ${b.window} = ? AND ${b.startsAt} < ? AND ? <= ${at('+1 hour')}
        ORDER BY ${b.startsAt} LIMIT ${limit})`,
    [namespace, window, timeText(before.getTime()), timeText(clock.getTime())],
  );
  const [changed] = session.query<Texts<'removed'>>('SELECT CAST(changes() AS TEXT) AS removed');
  return Number(changed?.removed);
}

/** In one window by an index on its values, where there is one; see `CounterBucket`. */
export function topRows(
  session: SqliteSession,
  namespace: string,
  { window, first, last, prefix, atMost, limit }: TopQuery,
): TopRow[] {
  const b = columns(session, CounterBucket);
  const isOne = first === last;
  const sum = isOne ? `held.${b.value}` : `sum(held.${b.value})`;
  const below = atMost === undefined ? '' : `${sum} <= ${whole('?')}`;
  const within = `held.${b.namespace} = ? AND held.${b.window} = ? AND held.${b.startsAt} ${isOne ? '= ?' : 'BETWEEN ? AND ?'}
       AND held.${b.name} >= ? AND held.${b.name} <= ?`;
  const condition = isOne
    ? `${within} ${below && `AND ${below}`}`
    : `${within} GROUP BY held.${b.name} ${below && `HAVING ${below}`}`;
  const found = session.query<Texts<'name' | 'value'>>(
    `SELECT held.${b.name} AS name, ${digits(sum)} AS value FROM ${tableName(session, CounterBucket)} AS held
      WHERE ${condition} ORDER BY ${sum} DESC, held.${b.name} DESC LIMIT ${limit}`,
    [
      ...[namespace, window, timeText(first), ...(isOne ? [] : [timeText(last)])],
      ...[prefix, endOf(prefix), ...(atMost === undefined ? [] : [atMost.toString()])],
    ],
  );
  return found.map(({ name, value }) => ({ name, value: BigInt(value) }));
}

/** A warning of the first of these starts that there are buckets of, as a list. */
export const splitWindows = (...asked: Parameters<typeof existingStarts>): StoreProblem[] =>
  existingStarts(...asked)
    .slice(0, 1)
    .map(splitWindowsWarning);

/** Those of these starts, which are few, that there are buckets of. */
function existingStarts(
  session: SqliteSession,
  namespace: string,
  starts: readonly Bucket[],
): readonly Bucket[] {
  const b = columns(session, CounterBucket);
  return starts.filter(({ window, start }) => {
    const found = session.query(
      `SELECT 1 FROM ${tableName(session, CounterBucket)}
        WHERE ${b.namespace} = ? AND ${b.window} = ? AND ${b.startsAt} = ? LIMIT 1`,
      [namespace, window, timeText(start)],
    );
    return found.length > 0;
  });
}

/** What comes next in the primary key. */
export function bucketNames(
  session: SqliteSession,
  namespace: string,
  { of, after, limit }: BucketQuery,
): string[] {
  const b = columns(session, CounterBucket);
  const key = list([b.name, b.window, b.startsAt]);
  const where = [`${b.namespace} = ?`];
  const parameters: Value[] = [namespace];
  if ('prefix' in of) {
    where.push(`${b.name} >= ?`, `${b.name} <= ?`);
    parameters.push(of.prefix, endOf(of.prefix));
  } else {
    where.push(`${b.name} IN (${list(of.map(() => '?'))})`);
    parameters.push(...of);
  }
  const { counter, bucket } = parseName(after ?? '');
  if (bucket !== undefined) {
    where.push(`(${key}) > (?, ?, ?)`);
    parameters.push(counter, bucket.window, timeText(bucket.start));
  }
  const rows = session.query<Texts<'name' | 'span' | 'start'>>(
    `SELECT ${b.name} AS name, ${b.window} AS span, ${b.startsAt} AS start FROM ${tableName(session, CounterBucket)}
      WHERE ${where.join(' AND ')} ORDER BY ${key} LIMIT ${limit}`,
    parameters,
  );
  return rows.map(({ name, span, start }) =>
    bucketName(
      name,
      bucketSuffix({ window: span as BucketWindow, start: parseTime(start).getTime() }),
    ),
  );
}
