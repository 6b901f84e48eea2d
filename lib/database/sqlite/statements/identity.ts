import { randomUUID } from 'node:crypto';
import { columns, tableName } from '../../dialects/table-names.js';
import { CounterLedger } from '../../entities/ledger.entity.js';
import type { SqliteCalls } from '../calls.js';
import type { SqliteSession, Texts } from '../session.js';
import { NOW } from './texts.js';

/** The row with the identity of the database: no option `namespace` holds an "@", and no partition has this number. */
const OF_DATABASE = '@database';
const IDENTITY = -2;

/** Identities of databases that are in memory, or a copy in memory of a file, by the connection. */
const ofMemory = new WeakMap<object, string>();

/** With sql.js, whatever file it was read from: another process has another copy. */
function identityOfMemory({ dataSource }: SqliteSession): string | undefined {
  if (dataSource.options.type !== 'sqljs') return undefined;
  const { databaseConnection } = dataSource.driver as unknown as { databaseConnection: object };
  const known = ofMemory.get(databaseConnection) ?? randomUUID();
  ofMemory.set(databaseConnection, known);
  return known;
}

function readIdentity(session: SqliteSession): string | undefined {
  const l = columns(session, CounterLedger);
  const [row] = session.query<Texts<'identity'>>(
    `SELECT ${l.nonce} AS identity FROM ${tableName(session, CounterLedger)}
      WHERE ${l.namespace} = '${OF_DATABASE}' AND ${l.partition} = ${IDENTITY}`,
  );
  return row?.identity;
}

/** SQLite has no identity of its own, so the first process that asks for one makes it. */
function makeIdentity(session: SqliteSession): string {
  const found = readIdentity(session);
  if (found !== undefined) return found;
  const made = randomUUID();
  const l = columns(session, CounterLedger);
  session.query(
    `INSERT INTO ${tableName(session, CounterLedger)}
       (${l.namespace}, ${l.partition}, ${l.seq}, ${l.nonce}, ${l.leftOut}, ${l.updatedAt})
     VALUES ('${OF_DATABASE}', ${IDENTITY}, 0, ?, '[]', ${NOW})`,
    [made],
  );
  return made;
}

/** Where the database is, for messages. */
export function placeOf(session: SqliteSession): string {
  const files = session.query<{ name: string; file: string | null }>('PRAGMA database_list');
  const main = files.find(({ name }) => name === 'main')?.file ?? '';
  // sql.js has a file system of its own, in memory
  const isMemory = main === '' || session.dataSource.options.type === 'sqljs';
  return isMemory ? `memory of process ${process.pid}` : main;
}

/** Makes the identity where there is none. */
export async function identify(
  calls: Pick<SqliteCalls, 'read' | 'write'>,
): Promise<{ identity: string; place: string }> {
  const known = await calls.read((it) => identityOfMemory(it) ?? readIdentity(it));
  const identity = known ?? (await calls.write(makeIdentity));
  return { identity, place: await calls.read(placeOf) };
}
