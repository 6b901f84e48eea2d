import type { Bucket } from '../../../words/bucket-name.js';
import type { ExpiredBuckets } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { at, timeText } from './texts.js';

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

/** Those of these starts, which are few, that there are buckets of. */
export function existingStarts(
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
