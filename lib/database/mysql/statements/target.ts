import type { SqlConnection } from '../../dialects/sql-connection.js';
import { type NamedBucket, splitNames } from '../../dialects/split-names.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { flavourOf, type Flavour } from '../flavour.js';
import { asked, inOrder, bytesOf, list, NOW, text, time, timeText } from './literals.js';

/** A row that is asked for, or added to. */
export interface Wanted {
  /** As the cache has it. */
  name: string;
  /** The values of the key behind the namespace, as they stand in statements. */
  key: readonly string[];
  /** The same as the server answers them, one after the other. */
  id: string;
}

/** Rows of one of the two tables. */
export interface Target<Row extends Wanted = Wanted> {
  readonly flavour: Flavour;
  readonly table: string;
  readonly namespace: string;
  /** The columns of the key behind the namespace. */
  readonly key: readonly { column: string; type: 'text' | 'time' }[];
  readonly value: string;
  /** Columns that get the time when a row is made. */
  readonly made: readonly string[];
  readonly updatedAt: string;
  /** In the order of their keys, in which they are locked. */
  readonly rows: readonly Row[];
}

/** The two tables, for these names; one of which no row is wanted is left out. */
export function targetsOf<Given extends { name: string }>(
  connection: SqlConnection,
  given: readonly Given[],
): Target<Given & Wanted>[] {
  const { counters, buckets } = splitNames(given);
  return [counterTarget(connection, counters), bucketTarget(connection, buckets)].filter(
    ({ rows }) => rows.length > 0,
  );
}

function counterTarget<Given extends { name: string }>(
  connection: SqlConnection,
  given: readonly Given[],
): Target<Given & Wanted> {
  const { namespace, name, value, createdAt, updatedAt } = columns(connection, Counter);
  return {
    flavour: flavourOf(connection.dataSource),
    table: tableName(connection, Counter),
    key: [{ column: name, type: 'text' }],
    ...{ namespace, value, updatedAt, made: [createdAt, updatedAt] },
    rows: given
      .toSorted((one, other) => inOrder(one.name, other.name))
      .map((row) => ({ ...row, key: [text(row.name)], id: row.name })),
  };
}

function bucketTarget<Given extends { name: string }>(
  connection: SqlConnection,
  given: readonly NamedBucket<Given>[],
): Target<Given & Wanted> {
  const b = columns(connection, CounterBucket);
  const { namespace, value, updatedAt } = b;
  return {
    flavour: flavourOf(connection.dataSource),
    table: tableName(connection, CounterBucket),
    key: [
      { column: b.name, type: 'text' },
      { column: b.window, type: 'text' },
      { column: b.startsAt, type: 'time' },
    ],
    ...{ namespace, value, updatedAt, made: [updatedAt] },
    rows: given
      .toSorted(
        ({ counter, bucket }, other) =>
          inOrder(counter, other.counter) ||
          inOrder(bucket.window, other.bucket.window) ||
          bucket.start - other.bucket.start,
      )
      .map((row) => {
        const { counter, bucket } = row;
        const { window, start } = bucket;
        const key = [text(counter), text(window), time(start)];
        return { ...row, key, id: [counter, window, timeText(start)].join('\n') };
      }),
  };
}

/** For a clause WITH: the rows that are asked for, under a name. */
export const askedRows = ({ flavour, key, rows }: Target, name: string): string =>
  asked(
    flavour,
    name,
    key.map((_, part) => `key${part}`),
    rows.map((row) => row.key),
  );

/**
 * Joins each row that is asked for to the one that is stored, by the whole primary key. By a list of keys instead, `(…) IN (…)`,
 * MariaDB uses a part of the primary key alone.
 */
export function joined(
  { flavour, table, namespace, key }: Target,
  name: string,
  space: string,
): string {
  const equal = key.map(({ column, type }, part) => {
    const collated = type === 'text' ? ` COLLATE ${flavour.collation}` : '';
    return `held.${column} = ${name}.key${part}${collated}`;
  });
  const all = [`held.${namespace} = ${text(space)}`, ...equal];
  return `${name} STRAIGHT_JOIN ${table} AS held ON ${all.join(' AND ')}`;
}

/** Adds, and makes what is missing. A sum that leaves the range is an error: then the statement has changed nothing. */
export function insertion(
  { flavour, table, namespace, key, value, made, updatedAt }: Target,
  rows: readonly (Wanted & { delta: string })[],
  space: string,
): string {
  const [head, tail] = [`(${text(space)}, `, `, ${list(made.map(() => NOW))})`];
  const given = rows.map((row) => `${head}${row.key.join(', ')}, ${row.delta}${tail}`);
  const into = list([namespace, ...key.map(({ column }) => column), value, ...made]);
  return `INSERT INTO ${table} (${into}) VALUES ${given.join(', ')} ${flavour.given}
    ON DUPLICATE KEY UPDATE ${value} = ${table}.${value} + ${flavour.valueGiven(value)}, ${updatedAt} = ${NOW}`;
}

/** The columns of the key and the value, as an answer. */
export const shown = ({ key, value }: Target): string =>
  list([...key.map(({ column }, part) => `${bytesOf(column)} AS key${part}`), `${value} AS value`]);

/** The names of answers of this kind, with their values. */
export function shownValues(
  { rows }: Target,
  answers: readonly Readonly<Record<string, string>>[],
): [string, string][] {
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return answers.map(({ value = '0', ...key }) => {
    const id = Object.values(key).join('\n');
    return [names.get(id) ?? id, value];
  });
}
