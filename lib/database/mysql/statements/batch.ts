import { leftOutText } from '../../dialects/left-out.js';
import { splitNames } from '../../dialects/split-names.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import type { AddedBatch, NewBatch } from '../../dialects/sql-dialect.js';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterBucket } from '../../entities/counter-bucket.entity.js';
import { Counter } from '../../entities/counter.entity.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { Namespaces } from '../../namespaces.js';
import { inRange, type Int64String } from '../../../words/int64.js';
import { isOutOfRange } from '../errors.js';
import { flavourOf } from '../flavour.js';
import { limit, sessionOf } from '../session.js';
import { within } from '../transaction.js';
import { lockLedger, writeLedger } from './ledger.js';
import { list, NOW, text, time } from './literals.js';
import {
  askedRows,
  insertion,
  joined,
  shown,
  shownValues,
  type Target,
  targetsOf,
  type Wanted,
} from './target.js';

type Delta = NewBatch['deltas'][number];
type Addition = Target<Delta & Wanted>;

/** How often it is looked what fits: others may add to a row between a look at no row and the next try. */
const LOOKS = 3;

/** Whole seconds, and no less than one: these servers know no shorter wait. */
export const seconds = (milliseconds: number): number =>
  Math.max(1, Math.floor(milliseconds / 1000));

export async function addBatch(
  connection: SqlConnection,
  namespaces: Namespaces,
  partition: number,
  batch: NewBatch,
  lockTimeout: number,
): Promise<AddedBatch | undefined> {
  const { isMariadb } = flavourOf(connection.dataSource);
  if (isMariadb && !sessionOf(connection).inTransaction) {
    try {
      return await addAtOnce(connection, namespaces, partition, batch, lockTimeout);
    } catch (error) {
      // nothing was changed: what fits is looked for in a transaction
      if (!isOutOfRange(error)) throw error;
    }
  }
  return within(connection, async () => {
    await limit(connection, { innodb_lock_wait_timeout: seconds(lockTimeout) });
    const { seq, nonce, deltas } = batch;
    const ledger = await lockLedger(connection, namespaces.ledger, partition);
    if (ledger === undefined || ledger.seq >= seq) return undefined;
    const { values, leftOut } = await addDeltas(connection, namespaces.counters, deltas);
    const row = { seq, nonce, leftOut, missing: seq - ledger.seq - 1 };
    await writeLedger(connection, namespaces.ledger, partition, row);
    return { values, leftOut, ledgerSeq: ledger.seq };
  });
}

/** In a transaction of the caller's. */
export async function addDeltas(
  connection: SqlConnection,
  namespace: string,
  deltas: NewBatch['deltas'],
): Promise<Omit<AddedBatch, 'ledgerSeq'>> {
  const values = new Map<string, Int64String>();
  for (const target of targetsOf(connection, deltas)) {
    for (const [name, value] of await addTo(connection, namespace, target)) values.set(name, value);
  }
  return {
    values,
    leftOut: deltas.map(({ name }) => name).filter((name) => !values.has(name)),
  };
}

/** Answers the values after it, of what was added. */
async function addTo(
  connection: SqlConnection,
  namespace: string,
  target: Addition,
): Promise<[string, Int64String][]> {
  let { rows } = target;
  for (let left = LOOKS; rows.length > 0; left--) {
    const statement = insertion(target, rows, namespace);
    try {
      if (target.flavour.isMariadb) {
        const answers = await connection.query<Record<string, string>[]>(
          `${statement} RETURNING ${shown(target)}`,
        );
        return shownValues(target, answers);
      }
      await connection.query(statement);
      return [...(await look(connection, namespace, { ...target, rows }))];
    } catch (error) {
      if (left === 0 || !isOutOfRange(error)) throw error;
      // the statement is undone, and the transaction goes on
      const stored = await look(connection, namespace, target, 'FOR UPDATE');
      rows = target.rows.filter(({ name, delta }) =>
        inRange(BigInt(stored.get(name) ?? 0) + BigInt(delta)),
      );
    }
  }
  return [];
}

async function look(
  connection: SqlConnection,
  namespace: string,
  target: Target,
  lock = '',
): Promise<Map<string, Int64String>> {
  const found = await connection.query<{ place: string; value: string }[]>(
    `WITH ${askedRows(target, 'asked')}
     SELECT asked.place AS place, held.${target.value} AS value
       FROM ${joined(target, 'asked', namespace)} ${lock}`,
  );
  return new Map(found.map(({ place, value }) => [target.rows[Number(place)]?.name ?? '', value]));
}

/**
 * One statement of MariaDB, with a transaction inside: no lock waits for the client. It locks the ledger row, adds, and writes the
 * ledger. What leaves the range ends all of it with an error.
 */
async function addAtOnce(
  connection: SqlConnection,
  { ledger, counters }: Namespaces,
  partition: number,
  { seq, nonce, deltas }: NewBatch,
  lockTimeout: number,
): Promise<AddedBatch | undefined> {
  const l = columns(connection, CounterLedger);
  const ledgers = tableName(connection, CounterLedger);
  const row = `${l.namespace} = ${text(ledger)} AND ${l.partition} = ${partition}`;
  const targets = targetsOf(connection, deltas);
  const additions = targets.map(
    (target) => `${insertion(target, target.rows, counters)} RETURNING ${shown(target)};`,
  );
  const wait = `LEAST(@@innodb_lock_wait_timeout, ${seconds(lockTimeout)})`;
  const answer = await connection.query<unknown>(
    `SET STATEMENT innodb_lock_wait_timeout = ${wait} FOR
BEGIN NOT ATOMIC
  DECLARE reached BIGINT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION READ WRITE;
  SELECT ${l.seq} INTO reached FROM ${ledgers} WHERE ${row} FOR UPDATE;
  IF reached < ${seq} THEN
    SELECT reached;
    ${additions.join('\n    ')}
    UPDATE ${ledgers} SET ${l.seq} = ${seq}, ${l.nonce} = ${text(nonce)}, ${l.updatedAt} = ${NOW}, ${l.leftOut} =
      IF(reached = ${seq - 1}, ${text(leftOutText({ leftOut: [] }))}, CONCAT('[', ${seq - 1} - reached, ']')) WHERE ${row};
  END IF;
  COMMIT;
END`,
  );
  const [head, ...added] = resultSets(answer);
  if (head === undefined) return undefined;
  const values = targets.flatMap((target, place) => shownValues(target, added[place] ?? []));
  return { values: new Map(values), leftOut: [], ledgerSeq: Number(head[0]?.['reached']) };
}

/** A statement with several answers has a list of them, and each is rows or says how many were changed. */
function resultSets(answer: unknown): Record<string, string>[][] {
  const answers: unknown[] = Array.isArray(answer) ? answer : [];
  return answers.filter((one): one is Record<string, string>[] => Array.isArray(one));
}

const textList = (values: Iterable<string>): string => `(${list(Array.from(values, text))})`;

/** Looked at again where they are removed: somebody else may have added to a row since it was found. */
export async function removeZeroRows(
  connection: SqlConnection,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  const { counters, buckets } = splitNames(names.map((name) => ({ name })));
  if (counters.length > 0) {
    const c = columns(connection, Counter);
    await connection.query(
      `DELETE FROM ${tableName(connection, Counter)} WHERE ${c.namespace} = ${text(namespace)} AND ${c.value} = 0
          AND ${c.name} IN ${textList(counters.map(({ name }) => name))}`,
    );
  }
  if (buckets.length > 0) {
    const b = columns(connection, CounterBucket);
    const keys = buckets.map(
      ({ counter, bucket: { window, start } }) =>
        `(${list([text(counter), text(window), time(start)])})`,
    );
    // by the first part of the key, and what is left by all of it: by lists of whole keys MariaDB would look up no more than that
    await connection.query(
      `DELETE FROM ${tableName(connection, CounterBucket)} WHERE ${b.namespace} = ${text(namespace)} AND ${b.value} = 0
          AND ${b.name} IN ${textList(new Set(buckets.map(({ counter }) => counter)))}
          AND (${list([b.name, b.window, b.startsAt])}) IN (${list(keys)})`,
    );
  }
}
