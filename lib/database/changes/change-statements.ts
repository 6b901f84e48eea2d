import { columns, tableName } from '../dialects/table-names.js';
import { CounterChange } from '../entities/counter-change.entity.js';
import { CounterLedger } from '../entities/ledger.entity.js';
import { embeddedRange, isEmbedded, type Namespaces } from '../namespaces.js';
import {
  type LedgerHead,
  type LedgerKey,
  type LoggedStep,
  namesText,
  type StepQuery,
} from './change-log.js';

/** How a statement says things: values as parameters or as they are. */
export interface Wording {
  given: (value: string | number) => string;
  now: string;
  /** Behind an insertion: what is there with this key is replaced in these columns. */
  replacing: (key: readonly string[], columns: readonly string[]) => string;
  /** So many milliseconds before now. */
  ago: (milliseconds: number) => string;
}

type Naming = Parameters<typeof columns>[0];

/** On PostgreSQL and SQLite. */
export const onConflict: Wording['replacing'] = (key, columns) =>
  `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((it) => `${it} = excluded.${it}`).join(', ')}`;

/** Old steps are removed with one of so many. */
const PRUNE_EVERY = 64;

export const prunes = ({ seq }: LoggedStep): boolean => seq % PRUNE_EVERY === 0;

/** A step that is there already is of a ledger row that was removed, or put back, by hand: it must hold up no batch. */
export function insertion(
  naming: Naming,
  { ledger, partition }: LedgerKey,
  { since, seq, names }: LoggedStep,
  { given, now, replacing }: Wording,
): string {
  const t = columns(naming, CounterChange);
  const key = [t.namespace, t.partition, t.seq];
  const facts = [t.since, t.names, t.writtenAt];
  const into = [...key, ...facts].join(', ');
  const values = [ledger, partition, seq, since, namesText(names)].map(given).join(', ');
  return `INSERT INTO ${tableName(naming, CounterChange)} (${into}) VALUES (${values}, ${now})
    ${replacing(key, facts)}`;
}

/** Removes old steps of the ledger; of an embedded process, those of all of them, for a ledger that ended prunes nothing. */
export function pruning(
  naming: Naming,
  { counters, ledger }: Namespaces,
  partition: number,
  retention: number,
  { given, ago }: Wording,
): string {
  const t = columns(naming, CounterChange);
  const [first, end] = embeddedRange(counters);
  const which = isEmbedded({ counters, ledger })
    ? `${t.namespace} >= ${given(first)} AND ${t.namespace} < ${given(end)}`
    : `${t.namespace} = ${given(ledger)} AND ${t.partition} = ${given(partition)}`;
  return `DELETE FROM ${tableName(naming, CounterChange)} WHERE ${which} AND ${t.writtenAt} < ${ago(retention)}`;
}

export function headsQuery(naming: Naming, counters: string, { given }: Wording): string {
  const l = columns(naming, CounterLedger);
  const t = columns(naming, CounterChange);
  const ledgers = tableName(naming, CounterLedger);
  const [first, end] = embeddedRange(counters);
  return [
    `SELECT ${l.namespace} AS ledger, ${l.partition} AS part, ${l.seq} AS seq FROM ${ledgers}
      WHERE ${l.namespace} = ${given(counters)} AND ${l.partition} >= 0`,
    `SELECT ${l.namespace}, ${l.partition}, ${l.seq} FROM ${ledgers}
      WHERE ${l.namespace} >= ${given(first)} AND ${l.namespace} < ${given(end)}`,
    `SELECT ${t.namespace}, ${t.partition}, MAX(${t.seq}) FROM ${tableName(naming, CounterChange)}
      WHERE ${t.namespace} >= ${given(first)} AND ${t.namespace} < ${given(end)}
      GROUP BY ${t.namespace}, ${t.partition}`,
  ].join('\n UNION ALL ');
}

export interface FoundHead {
  ledger: string;
  part: string | number;
  seq: string | number;
}

/** A ledger row of an embedded process is removed with it, and its steps stay. */
export function headsOf(found: readonly FoundHead[]): LedgerHead[] {
  const heads = new Map<string, LedgerHead>();
  for (const row of found) {
    const { ledger } = row;
    const partition = Number(row.part);
    const key = `${partition} ${ledger}`;
    const seq = Math.max(Number(row.seq), heads.get(key)?.seq ?? 0);
    heads.set(key, { ledger, partition, seq });
  }
  return [...heads.values()];
}

export function stepsQuery(
  naming: Naming,
  { ledger, partition, after, upTo, limit }: StepQuery,
  { given }: Wording,
): string {
  const t = columns(naming, CounterChange);
  return `SELECT ${t.since} AS since, ${t.seq} AS seq, ${t.names} AS names FROM ${tableName(naming, CounterChange)}
    WHERE ${t.namespace} = ${given(ledger)} AND ${t.partition} = ${given(partition)}
      AND ${t.seq} > ${given(after)} AND ${t.seq} <= ${given(upTo)}
    ORDER BY ${t.seq} LIMIT ${limit}`;
}

export interface FoundStep {
  since: string | number;
  seq: string | number;
  names: string;
}

export const stepsOf = (found: readonly FoundStep[]): LoggedStep[] =>
  found.map(({ since, seq, names }) => ({
    since: Number(since),
    seq: Number(seq),
    names: JSON.parse(names) as string[],
  }));
