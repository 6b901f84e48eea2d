import { endOf } from '../../dialects/end-of-prefix.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import type { CounterRow, NamesQuery, NamesStep, RowQuery } from '../../counter-store.js';
import type { SqliteSession, Texts } from '../session.js';
import type { Value } from '../sqlite-database.js';
import { digits, globPattern, list, LOWER_HALF, parseTime, whole } from './texts.js';

/** One page of counters, behind `after` if that is given; by name it is what comes next in the primary key. */
export function listRows(
  session: SqliteSession,
  namespace: string,
  { prefix = '', order, direction, limit, after }: RowQuery,
): CounterRow[] {
  const c = columns(session, Counter);
  const sort = direction === 'desc' ? 'DESC' : 'ASC';
  const behind = direction === 'desc' ? '<' : '>';
  const where = [`held.${c.namespace} = ?`];
  const parameters: Value[] = [namespace];
  if (prefix !== '') {
    where.push(`held.${c.name} >= ?`, `held.${c.name} <= ?`);
    parameters.push(prefix, endOf(prefix));
  }
  if (after !== undefined && order === 'name') {
    where.push(`held.${c.name} ${behind} ?`);
    parameters.push(after.name);
  } else if (after !== undefined) {
    where.push(`(held.${c.value}, held.${c.name}) ${behind} (${whole('?')}, ?)`);
    parameters.push(String(after.value), after.name);
  }
  const by = order === 'name' ? [c.name] : [c.value, c.name];
  const found = session.query<Texts<'name' | 'value' | 'created' | 'updated'>>(
    `SELECT ${c.name} AS name, ${digits(c.value)} AS value, ${c.createdAt} AS created, ${c.updatedAt} AS updated
       FROM ${tableName(session, Counter)} AS held WHERE ${where.join(' AND ')}
      ORDER BY ${list(by.map((column) => `held.${column} ${sort}`))} LIMIT ${limit}`,
    parameters,
  );
  return found.map(({ name, value, created, updated }) => ({
    name,
    value: BigInt(value),
    createdAt: parseTime(created),
    updatedAt: parseTime(updated),
  }));
}

/**
 * The number of all counters with a prefix, or the sum of their values. SQLite sums within 64 bits: so it sums the upper and the lower
 * half of each value.
 */
export function aggregate(
  session: SqliteSession,
  namespace: string,
  what: 'count' | 'sum',
  prefix: string,
): bigint {
  const c = columns(session, Counter);
  const value = whole(c.value);
  const [upper, lower] =
    what === 'count' ? ['0', 'COUNT(*)'] : [`SUM(${value} >> 32)`, `SUM(${value} & ${LOWER_HALF})`];
  const parameters: Value[] = [namespace];
  if (prefix !== '') parameters.push(prefix, endOf(prefix));
  const [found] = session.query<Texts<'upper' | 'lower'>>(
    `SELECT ${digits(`COALESCE(${upper}, 0)`)} AS "upper", ${digits(`COALESCE(${lower}, 0)`)} AS "lower"
       FROM ${tableName(session, Counter)}
      WHERE ${c.namespace} = ? ${prefix === '' ? '' : `AND ${c.name} >= ? AND ${c.name} <= ?`}`,
    parameters,
  );
  return (BigInt(found?.upper ?? 0) << 32n) + BigInt(found?.lower ?? 0);
}

/** The step is a range of the primary key, of which the pattern is looked for afterwards. */
export function nameStep(
  session: SqliteSession,
  namespace: string,
  { of, prefix, pieces, after, limit }: NamesQuery,
): NamesStep {
  const entity = of === 'counters' ? Counter : CounterBucket;
  const t = of === 'counters' ? columns(session, Counter) : columns(session, CounterBucket);
  const behind = after === undefined ? '' : `AND held.${t.name} > ?`;
  const found = session.query<Texts<'kind' | 'name'>>(
    `WITH step AS MATERIALIZED (
       SELECT held.${t.name} AS name FROM ${tableName(session, entity)} AS held
        WHERE held.${t.namespace} = ? AND held.${t.name} >= ? AND held.${t.name} <= ? ${behind}
        ORDER BY held.${t.name} LIMIT ${limit})
     SELECT 'next' AS kind, max(name) AS name FROM step HAVING count(*) = ${limit}
     UNION ALL SELECT DISTINCT 'found', name FROM step WHERE name GLOB ?`,
    [
      ...[namespace, prefix, endOf(prefix), ...(after === undefined ? [] : [after])],
      globPattern(pieces),
    ],
  );
  const names = found.flatMap(({ kind, name }) => (kind === 'found' ? [name] : []));
  const next = found.find(({ kind }) => kind === 'next')?.name;
  return next === undefined ? { names } : { names, next };
}
