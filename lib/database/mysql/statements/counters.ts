import { endOf } from '../../dialects/end-of-prefix.js';
import { likePattern } from '../../dialects/like.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import type { CounterRow, NamesQuery, NamesStep, RowQuery } from '../../counter-store.js';
import { bytesOf, parseTime, text } from './literals.js';

interface FoundRow {
  name: string;
  value: string;
  created: string;
  updated: string;
}

/** One page of counters, behind `after` if that is given; by name it is what comes next in the primary key. */
export async function listRows(
  connection: SqlConnection,
  namespace: string,
  { prefix = '', order, direction, limit, after }: RowQuery,
): Promise<CounterRow[]> {
  const c = columns(connection, Counter);
  const descending = direction === 'desc';
  const sort = descending ? 'DESC' : 'ASC';
  const behind = descending ? '<' : '>';
  const where = [`${c.namespace} = ${text(namespace)}`];
  if (prefix !== '') {
    where.push(`${c.name} >= ${text(prefix)}`, `${c.name} <= ${text(endOf(prefix))}`);
  }
  if (after !== undefined) {
    const { name, value } = after;
    const next = `${c.name} ${behind} ${text(name)}`;
    // the first condition is one that an index on values can be entered by
    if (order === 'name') where.push(next);
    else where.push(`${c.value} ${behind}= ${value}`, `(${c.value} ${behind} ${value} OR ${next})`);
  }
  const by = order === 'name' ? [c.name] : [c.value, c.name];
  const found = await connection.query<FoundRow[]>(
    `SELECT ${bytesOf(c.name)} AS name, ${c.value} AS value, ${c.createdAt} AS created, ${c.updatedAt} AS updated
       FROM ${tableName(connection, Counter)} AS held WHERE ${where.join(' AND ')}
      ORDER BY ${by.map((column) => `held.${column} ${sort}`).join(', ')} LIMIT ${limit}`,
  );
  return found.map(({ name, value, created, updated }) => ({
    name,
    value: BigInt(value),
    createdAt: parseTime(created),
    updatedAt: parseTime(updated),
  }));
}

/** The number of all counters with a prefix, or the sum of their values: a `DECIMAL` of 41 digits. */
export async function aggregate(
  connection: SqlConnection,
  namespace: string,
  what: 'count' | 'sum',
  prefix: string,
): Promise<bigint> {
  const c = columns(connection, Counter);
  const total = what === 'count' ? 'COUNT(*)' : `COALESCE(SUM(${c.value}), 0)`;
  const range =
    prefix === '' ? '' : `AND ${c.name} >= ${text(prefix)} AND ${c.name} <= ${text(endOf(prefix))}`;
  const [found] = await connection.query<{ total: string }[]>(
    `SELECT ${bytesOf(total)} AS total FROM ${tableName(connection, Counter)}
      WHERE ${c.namespace} = ${text(namespace)} ${range}`,
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
  const where = [`held.${t.namespace} = ${text(namespace)}`];
  if (prefix !== '') {
    where.push(`held.${t.name} >= ${text(prefix)}`, `held.${t.name} <= ${text(endOf(prefix))}`);
  }
  if (after !== undefined) where.push(`held.${t.name} > ${text(after)}`);
  const found = await connection.query<{ kind: string; name: string }[]>(
    `WITH step AS (
       SELECT held.${t.name} AS name FROM ${tableName(connection, entity)} AS held
        WHERE ${where.join(' AND ')} ORDER BY held.${t.name} LIMIT ${limit})
     SELECT 'next' AS kind, ${bytesOf('MAX(name)')} AS name FROM step HAVING COUNT(*) = ${limit}
     UNION ALL
     SELECT DISTINCT 'found', ${bytesOf('name')} FROM step WHERE name LIKE ${text(likePattern(pieces))} ESCAPE '!'`,
  );
  const names = found.flatMap(({ kind, name }) => (kind === 'found' ? [name] : []));
  const next = found.find(({ kind }) => kind === 'next')?.name;
  return next === undefined ? { names } : { names, next };
}
