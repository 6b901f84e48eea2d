import {
  type Bucket,
  bucketName,
  bucketSuffix,
  type BucketWindow,
  parseName,
} from '../../../words/bucket-name.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { endOf } from '../../dialects/end-of-prefix.js';
import type { BucketQuery, TopQuery, TopRow } from '../../counter-store.js';
import type { ExpiredBuckets, RowKind } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { bytesOf, list, NOW, parseTime, text, time } from './literals.js';

/** Of a few that come first in the namespace. */
const LOOKED_AT = 600;

/** The oldest first, in the order of the index on windows and times. */
export async function deleteBuckets(
  connection: SqlConnection,
  namespace: string,
  { window, before, clock }: ExpiredBuckets,
  limit: number,
): Promise<number> {
  const b = columns(connection, CounterBucket);
  const { affectedRows } = await connection.query<{ affectedRows: number }>(
    `DELETE FROM ${tableName(connection, CounterBucket)}
      WHERE ${b.namespace} = ${text(namespace)} AND ${b.window} = ${text(window)}
        AND ${b.startsAt} < ${time(before.getTime())}
        AND ${time(clock.getTime())} <= ${NOW} + INTERVAL 1 HOUR
      ORDER BY ${b.startsAt} LIMIT ${limit}`,
  );
  return affectedRows;
}

/** In one window by an index on its values, where there is one; see `CounterBucket`. */
export async function topRows(
  connection: SqlConnection,
  namespace: string,
  { window, first, last, prefix, atMost, limit }: TopQuery,
): Promise<TopRow[]> {
  const b = columns(connection, CounterBucket);
  const isOne = first === last;
  const sum = isOne ? `held.${b.value}` : `SUM(held.${b.value})`;
  const within = [`held.${b.namespace} = ${text(namespace)}`, `held.${b.window} = ${text(window)}`];
  if (isOne) within.push(`held.${b.startsAt} = ${time(first)}`);
  else within.push(`held.${b.startsAt} BETWEEN ${time(first)} AND ${time(last)}`);
  if (prefix !== '') {
    within.push(`held.${b.name} >= ${text(prefix)}`, `held.${b.name} <= ${text(endOf(prefix))}`);
  }
  const below = atMost === undefined ? [] : [`${sum} <= ${atMost}`];
  if (isOne) within.push(...below.splice(0));
  const having = below.map((each) => `HAVING ${each}`).join('');
  const rows = await connection.query<{ name: string; value: string }[]>(
    `SELECT ${bytesOf(`held.${b.name}`)} AS name, ${sum} AS value
       FROM ${tableName(connection, CounterBucket)} AS held
      WHERE ${within.join(' AND ')} ${isOne ? '' : `GROUP BY held.${b.name} ${having}`}
      ORDER BY ${sum} DESC, held.${b.name} DESC LIMIT ${limit}`,
  );
  return rows.map(({ name, value }) => ({ name, value: BigInt(value) }));
}

export async function existingStarts(
  connection: SqlConnection,
  namespace: string,
  starts: readonly Bucket[],
): Promise<readonly Bucket[]> {
  if (starts.length === 0) return [];
  const b = columns(connection, CounterBucket);
  const firsts = starts.map(
    ({ window, start }, place) =>
      `(SELECT ${place} AS place FROM ${tableName(connection, CounterBucket)}
         WHERE ${b.namespace} = ${text(namespace)} AND ${b.window} = ${text(window)} AND ${b.startsAt} = ${time(start)}
         LIMIT 1)`,
  );
  const found = await connection.query<{ place: string }[]>(firsts.join(' UNION ALL '));
  return found.flatMap(({ place }) => starts[Number(place)] ?? []);
}

export async function anotherRow(
  connection: SqlConnection,
  namespace: string,
  kind: RowKind,
  except: readonly string[],
): Promise<string | undefined> {
  const names = await (kind === 'counter' ? counters : buckets)(connection, namespace);
  const excepted = new Set(except);
  return names.find((name) => !excepted.has(name));
}

async function counters(connection: SqlConnection, namespace: string): Promise<string[]> {
  const c = columns(connection, Counter);
  const rows = await connection.query<{ name: string }[]>(
    `SELECT ${bytesOf(c.name)} AS name FROM ${tableName(connection, Counter)}
      WHERE ${c.namespace} = ${text(namespace)} LIMIT ${LOOKED_AT}`,
  );
  return rows.map(({ name }) => name);
}

async function buckets(connection: SqlConnection, namespace: string): Promise<string[]> {
  const b = columns(connection, CounterBucket);
  const rows = await connection.query<{ name: string; span: BucketWindow; start: string }[]>(
    `SELECT ${bytesOf(b.name)} AS name, ${b.window} AS span, ${b.startsAt} AS start
       FROM ${tableName(connection, CounterBucket)}
      WHERE ${b.namespace} = ${text(namespace)} LIMIT ${LOOKED_AT}`,
  );
  return rows.map(({ name, span, start }) =>
    bucketName(name, bucketSuffix({ window: span, start: parseTime(start).getTime() })),
  );
}

/** What comes next in the primary key. */
export async function bucketNames(
  connection: SqlConnection,
  namespace: string,
  { of, after, limit }: BucketQuery,
): Promise<string[]> {
  const b = columns(connection, CounterBucket);
  const where = [`${b.namespace} = ${text(namespace)}`];
  if (!('prefix' in of)) where.push(`${b.name} IN (${list(of.map(text))})`);
  else if (of.prefix !== '') {
    where.push(`${b.name} >= ${text(of.prefix)}`, `${b.name} <= ${text(endOf(of.prefix))}`);
  }
  const { counter, bucket } = parseName(after ?? '');
  if (bucket !== undefined) {
    const [name, span, start] = [text(counter), text(bucket.window), time(bucket.start)];
    const later = `${b.window} > ${span} OR (${b.window} = ${span} AND ${b.startsAt} > ${start})`;
    // the first condition is one by which the primary key can be entered
    where.push(`${b.name} >= ${name}`, `(${b.name} > ${name} OR ${later})`);
  }
  const key = [b.name, b.window, b.startsAt].map((column) => `held.${column}`);
  const rows = await connection.query<{ name: string; span: BucketWindow; start: string }[]>(
    `SELECT ${bytesOf(b.name)} AS name, ${b.window} AS span, ${b.startsAt} AS start
       FROM ${tableName(connection, CounterBucket)} AS held WHERE ${where.join(' AND ')}
      ORDER BY ${list(key)} LIMIT ${limit}`,
  );
  return rows.map(({ name, span, start }) =>
    bucketName(name, bucketSuffix({ window: span, start: parseTime(start).getTime() })),
  );
}
