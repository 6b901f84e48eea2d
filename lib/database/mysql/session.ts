import type { SqlConnection } from '../dialects/sql-connection.js';
import { flavourOf } from './flavour.js';

/** What a connection has taken up that its next user must not find. */
export interface Session {
  /** Whether a transaction was begun on it. */
  inTransaction: boolean;
  /** Variables whose former value the session keeps beside them. */
  readonly limited: Set<string>;
  /** Locks of this session, which outlive a transaction. */
  readonly locks: Set<string>;
}

const sessions = new WeakMap<SqlConnection, Session>();

export function sessionOf(connection: SqlConnection): Session {
  const known = sessions.get(connection);
  if (known !== undefined) return known;
  const made = { inTransaction: false, limited: new Set<string>(), locks: new Set<string>() };
  sessions.set(connection, made);
  return made;
}

const former = (variable: string): string => `@fastcounter_${variable}`;

/** Sets limits of the session until it is given back, as numbers by their variables. A shorter one that is set already stays. */
export async function limit(
  connection: SqlConnection,
  limits: Readonly<Record<string, number>>,
): Promise<void> {
  const { limited } = sessionOf(connection);
  const { isMariadb } = flavourOf(connection.dataSource);
  const parts = Object.entries(limits).flatMap(([variable, value]) => {
    const set = `@@SESSION.${variable}`;
    // 0 is none
    const shorter = `IF(${set} = 0 OR ${set} > ${value}, ${value}, ${set})`;
    // MySQL takes what this answers for a decimal number; MariaDB has limits that are
    const whole = isMariadb ? shorter : `CAST(${shorter} AS SIGNED)`;
    const limiting = `SESSION ${variable} = ${whole}`;
    return limited.has(variable) ? [limiting] : [`${former(variable)} = ${set}`, limiting];
  });
  await connection.query(`SET ${parts.join(', ')}`);
  for (const variable of Object.keys(limits)) limited.add(variable);
}

/** Takes a lock until the session is given back; false when another has it for longer than so many seconds. */
export async function tryLock(
  connection: SqlConnection,
  lock: string,
  patience = 0,
): Promise<boolean> {
  const [row] = await connection.query<{ locked: string | null }[]>(
    `SELECT GET_LOCK(${lock}, ${patience}) AS locked`,
  );
  if (row?.locked !== '1') return false;
  sessionOf(connection).locks.add(lock);
  return true;
}

/** Puts back what the session had before. */
export async function leaveAsFound(connection: SqlConnection): Promise<void> {
  const { limited, locks } = sessionOf(connection);
  for (const lock of locks) await connection.query(`DO RELEASE_LOCK(${lock})`);
  if (limited.size === 0) return;
  const parts = Array.from(limited, (variable) => `SESSION ${variable} = ${former(variable)}`);
  await connection.query(`SET ${parts.join(', ')}`);
}
