import { bucketName, bucketSuffix, type BucketWindow } from '../../../words/bucket-name.js';
import type { RowKind } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import type { SqliteSession, Texts } from '../session.js';
import { parseTime } from './texts.js';

/** Of a few that come first in the namespace. */
const LOOKED_AT = 600;

/** The name of any counter, or of any bucket, that has a row and is none of these. */
export function anotherRow(
  session: SqliteSession,
  namespace: string,
  kind: RowKind,
  except: readonly string[],
): string | undefined {
  const names = (kind === 'counter' ? counters : buckets)(session, namespace);
  const excepted = new Set(except);
  return names.find((name) => !excepted.has(name));
}

function counters(session: SqliteSession, namespace: string): string[] {
  const c = columns(session, Counter);
  const rows = session.query<Texts<'name'>>(
    `SELECT ${c.name} AS name FROM ${tableName(session, Counter)} WHERE ${c.namespace} = ? LIMIT ${LOOKED_AT}`,
    [namespace],
  );
  return rows.map(({ name }) => name);
}

function buckets(session: SqliteSession, namespace: string): string[] {
  const b = columns(session, CounterBucket);
  const rows = session.query<Texts<'name' | 'start'> & { span: BucketWindow }>(
    `SELECT ${b.name} AS name, ${b.window} AS span, ${b.startsAt} AS start
       FROM ${tableName(session, CounterBucket)} WHERE ${b.namespace} = ? LIMIT ${LOOKED_AT}`,
    [namespace],
  );
  return rows.map(({ name, span, start }) =>
    bucketName(name, bucketSuffix({ window: span, start: parseTime(start).getTime() })),
  );
}
