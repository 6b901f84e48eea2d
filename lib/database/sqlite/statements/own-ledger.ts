import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import { embeddedRange, type Namespaces } from '../../namespaces.js';
import type { SqliteSession, Texts } from '../session.js';
import { NOTE } from './notes.js';
import { at, NOW } from './texts.js';

/** Ledgers, and when they were written or marked last within the last minute. */
function recent(
  session: SqliteSession,
  where: string,
  parameters: readonly string[],
): Map<string, string> {
  const l = columns(session, CounterLedger);
  const found = session.query<Texts<'ledger' | 'touched'>>(
    `SELECT ${l.namespace} AS ledger, MAX(${l.updatedAt}) AS touched FROM ${tableName(session, CounterLedger)}
      WHERE (${where}) AND ${l.updatedAt} BETWEEN ${at('-1 minute')} AND ${at('+1 minute')}
      GROUP BY ${l.namespace}`,
    parameters,
  );
  return new Map(found.map(({ ledger, touched }) => [ledger, touched]));
}

/** With two parameters, those of `embeddedRange()`. */
function ofEmbedded(session: SqliteSession): string {
  const { namespace } = columns(session, CounterLedger);
  return `${namespace} >= ? AND ${namespace} < ?`;
}

export const embeddedLedgers = (session: SqliteSession, namespace: string): string[] => [
  ...recent(session, ofEmbedded(session), embeddedRange(namespace)).keys(),
];

/** As `OwnLedger.touch()`. */
export function touchLedger(
  session: SqliteSession,
  { counters, ledger }: Namespaces,
): ReadonlyMap<string, string> {
  const l = columns(session, CounterLedger);
  // another time than before, also where the clock has not gone on
  session.query(
    `UPDATE ${tableName(session, CounterLedger)}
        SET ${l.updatedAt} = CASE WHEN ${l.updatedAt} BETWEEN ${NOW} AND ${at('+1 second')}
          THEN strftime('%Y-%m-%d %H:%M:%f', ${l.updatedAt}, '+0.001 seconds') ELSE ${NOW} END
      WHERE ${l.namespace} = ?`,
    [ledger],
  );
  return recent(
    session,
    `${l.namespace} = ? AND ${l.partition} = ${NOTE} OR ${ofEmbedded(session)} AND ${l.namespace} <> ?`,
    [counters, ...embeddedRange(counters), ledger],
  );
}

export function removeLedger(session: SqliteSession, namespace: string): void {
  const l = columns(session, CounterLedger);
  session.query(`DELETE FROM ${tableName(session, CounterLedger)} WHERE ${l.namespace} = ?`, [
    namespace,
  ]);
}

/** As `OwnLedger.removeAbandoned()`. */
export function removeAbandonedLedgers(
  session: SqliteSession,
  { counters, ledger }: Namespaces,
): void {
  const l = columns(session, CounterLedger);
  session.query(
    `DELETE FROM ${tableName(session, CounterLedger)}
      WHERE ${ofEmbedded(session)} AND ${l.namespace} <> ? AND ${l.updatedAt} < ${at('-7 days')}`,
    [...embeddedRange(counters), ledger],
  );
}
