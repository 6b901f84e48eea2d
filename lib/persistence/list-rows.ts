import type { EntityManager } from 'typeorm';
import { Counter } from './counter.entity.js';
import type { CounterRow, RowQuery } from './counter-store.js';

/** One page of counters, behind `after` if that is given; equal values in the order of their names. */
export async function listRows(
  manager: EntityManager,
  namespace: string,
  { prefix, order, direction, limit, after }: RowQuery,
): Promise<CounterRow[]> {
  const descending = direction === 'desc';
  const sort = descending ? 'DESC' : 'ASC';
  const query = manager
    .createQueryBuilder(Counter, 'counter')
    .where('counter.namespace = :namespace', { namespace })
    .take(limit);
  if (order === 'value') query.orderBy('counter.value', sort);
  query.addOrderBy('counter.name', sort);
  if (prefix) {
    const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`;
    query.andWhere(`counter.name LIKE :pattern ESCAPE '\\'`, { pattern });
  }
  if (after !== undefined) {
    const beyond = descending ? '<' : '>';
    const position = { name: after.name, value: after.value.toString() };
    // compared as a whole, so that an index on both can be used
    const place =
      order === 'name'
        ? ['counter.name', ':name']
        : ['(counter.value, counter.name)', '(:value, :name)'];
    query.andWhere(place.join(` ${beyond} `), position);
  }
  const rows = await query.getMany();
  return rows.map(({ name, value, createdAt, updatedAt }) => ({
    name,
    value,
    createdAt,
    updatedAt,
  }));
}
