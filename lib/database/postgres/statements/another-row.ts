import type { SqlConnection } from '../../dialects/sql-connection.js';
import { bucketName, bucketSuffix, type BucketWindow } from '../../../words/bucket-name.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import type { RowKind } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';

/** Of a few that come first in the namespace. */
const LOOKED_AT = 600;

export async function anotherRow(
  connection: SqlConnection,
  namespace: string,
  kind: RowKind,
  except: readonly string[],
): Promise<string | undefined> {
  const names =
    kind === 'counter'
      ? await counters(connection, namespace)
      : await buckets(connection, namespace);
  const excepted = new Set(except);
  return names.find((name) => !excepted.has(name));
}

async function counters(connection: SqlConnection, namespace: string): Promise<string[]> {
  const t = columns(connection, Counter);
  const rows = await connection.query<{ name: string }[]>(
    `SELECT ${t.name} AS name FROM ${tableName(connection, Counter)} WHERE ${t.namespace} = $1 LIMIT ${LOOKED_AT}`,
    [namespace],
  );
  return rows.map(({ name }) => name);
}

async function buckets(connection: SqlConnection, namespace: string): Promise<string[]> {
  const b = columns(connection, CounterBucket);
  const rows = await connection.query<{ name: string; span: BucketWindow; start: string }[]>(
    `SELECT ${b.name} AS name, ${b.window} AS span, round(extract(epoch FROM ${b.startsAt}) * 1000)::text AS start
       FROM ${tableName(connection, CounterBucket)} WHERE ${b.namespace} = $1 LIMIT ${LOOKED_AT}`,
    [namespace],
  );
  return rows.map(({ name, span, start }) =>
    bucketName(name, bucketSuffix({ window: span, start: Number(start) })),
  );
}
