import { endOf } from '../../dialects/end-of-prefix.js';
import { likePattern } from '../../dialects/like.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { Counter } from '../../entities/counter.entity.js';
import type { CounterRow, NamesQuery, NamesStep, RowQuery } from '../../counter-store.js';
import { splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { askedBuckets, bucketLists } from './buckets.js';
import { oneRow, texts, textsOf } from './lists.js';

interface FoundRow {
  name: string;
  value: string;
  created: string;
  updated: string;
}

/**
 * One page of counters, behind `after` if that is given; equal values in the order of their names.
 *
 * In the order of names, a page is what comes next by the primary key, as far as it has the prefix. The place comes from a row:
 * of what it does not know the planner expects much, and reads the index in its order until the page is
 * full. A namespace of a table without statistics it takes for a few rows, which it would read and sort for each page.
 */
export async function listRows(
  connection: SqlConnection,
  namespace: string,
  { prefix = '', order, direction, limit, after }: RowQuery,
): Promise<CounterRow[]> {
  const t = columns(connection, Counter);
  const table = tableName(connection, Counter);
  const descending = direction === 'desc';
  const sort = descending ? 'DESC' : 'ASC';
  const behind = descending ? '<' : '>';
  const shown = `${t.name} AS name, ${t.value}::text AS value,
    ${milliseconds(t.createdAt)} AS created, ${milliseconds(t.updatedAt)} AS updated`;
  const parameters: unknown[] = [namespace, limit, prefix, endOf(prefix)];
  let statement: string;
  if (order === 'name') {
    const [start, inclusive] = descending ? [endOf(prefix), '<='] : [prefix, '>='];
    parameters.push(after?.name ?? start);
    statement = `SELECT name, value, created, updated FROM
        (SELECT $1::text AS namespace, $5::text AS after OFFSET 0) AS place
      CROSS JOIN LATERAL (SELECT ${t.namespace}, ${shown} FROM ${table}
         WHERE (${t.namespace}, ${t.name}) ${after === undefined ? inclusive : behind} (place.namespace, place.after)
         ORDER BY ${t.namespace} ${sort}, ${t.name} ${sort} LIMIT $2) AS page (found_in, name, value, created, updated)
      WHERE found_in = $1 AND name >= $3 AND name <= $4`;
  } else {
    // compared as a whole, so that an index on both can be used
    const place =
      after === undefined ? '' : `AND (${t.value}, ${t.name}) ${behind} ($5::bigint, $6)`;
    if (after !== undefined) parameters.push(after.value.toString(), after.name);
    statement = `SELECT ${shown} FROM ${table} AS stored
      WHERE ${t.namespace} = $1 AND ${t.name} >= $3 AND ${t.name} <= $4 ${place}
      ORDER BY stored.${t.value} ${sort}, stored.${t.name} ${sort} LIMIT $2`;
  }
  const found = await connection.query<FoundRow[]>(statement, parameters);
  return found.map(({ name, value, created, updated }) => ({
    name,
    value: BigInt(value),
    createdAt: new Date(Number(created)),
    updatedAt: new Date(Number(updated)),
  }));
}

/** The number of all counters with a prefix, or the sum of their values: a `numeric`, which has no end that values come to. */
export async function aggregate(
  connection: SqlConnection,
  namespace: string,
  what: 'count' | 'sum',
  prefix: string,
): Promise<bigint> {
  const t = columns(connection, Counter);
  const [found] = await connection.query<{ total: string }[]>(
    `SELECT ${what === 'count' ? 'count(*)' : `coalesce(sum(${t.value}), 0)`}::text AS total
       FROM ${tableName(connection, Counter)}
      WHERE ${t.namespace} = $1 AND ${t.name} >= $2 AND ${t.name} <= $3`,
    [namespace, prefix, endOf(prefix)],
  );
  return BigInt(found?.total ?? 0);
}

/** The step is a range of the primary key, of which the pattern is looked for afterwards. */
export async function nameStep(
  connection: SqlConnection,
  namespace: string,
  { of, prefix, pieces, after, limit }: NamesQuery,
): Promise<NamesStep> {
  const entity = of === 'counters' ? Counter : CounterBucket;
  const t = of === 'counters' ? columns(connection, Counter) : columns(connection, CounterBucket);
  const parameters: unknown[] = [namespace, limit, endOf(prefix), likePattern(pieces)];
  const [begin, behind] = after === undefined ? [prefix, '>='] : [after, '>'];
  const [row] = await connection.query<{ names: string | null; next: string | null }[]>(
    `WITH step AS MATERIALIZED (
       SELECT held.${t.name} AS name FROM ${tableName(connection, entity)} AS held
        WHERE held.${t.namespace} = $1 AND held.${t.name} ${behind} $5 AND held.${t.name} <= $3
        ORDER BY held.${t.name} LIMIT $2)
     SELECT string_agg(DISTINCT name, chr(10)) FILTER (WHERE name LIKE $4 ESCAPE '!') AS names,
            CASE WHEN count(*) = $2 THEN max(name) END AS next FROM step`,
    [...parameters, begin],
  );
  const names = row?.names?.split('\n') ?? [];
  const next = row?.next ?? undefined;
  return next === undefined ? { names } : { names, next };
}

const milliseconds = (column: string): string =>
  `round(extract(epoch FROM ${column}) * 1000)::bigint::text`;

/** Looked at again where they are removed: somebody else may have added to a row since it was found. */
export async function removeZeroRows(
  connection: SqlConnection,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  const { counters, buckets } = splitNames(names.map((name) => ({ name })));
  if (counters.length > 0) {
    const c = columns(connection, Counter);
    const table = tableName(connection, Counter);
    await connection.query(
      `DELETE FROM ${table} WHERE ${c.value} = 0 AND ctid = ANY(ARRAY(
         SELECT found.ctid FROM unnest(${textsOf('$2')}) AS asked(name)
          CROSS JOIN LATERAL ${oneRow(
            `SELECT ctid FROM ${table}
              WHERE ${c.namespace} = $1 AND ${c.name} = asked.name AND ${c.value} = 0`,
          )} AS found))`,
      [namespace, texts(counters.map(({ name }) => name))],
    );
  }
  if (buckets.length > 0) {
    const b = columns(connection, CounterBucket);
    await connection.query(
      `DELETE FROM ${tableName(connection, CounterBucket)} WHERE ${b.value} = 0 AND ctid = ANY(ARRAY(
         SELECT found.place ${askedBuckets(connection, 2)}))`,
      [namespace, ...bucketLists(buckets)],
    );
  }
}
