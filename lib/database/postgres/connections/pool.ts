import type { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import { type Client, connectBy, type ConnectingPool } from './connecting.js';
import { connectionOver } from './connection.js';
import type { TakenConnection } from '../../dialects/sql-connection.js';
import { sqlStateOf } from '../errors.js';

/** What is used of pg's. */
interface Pool extends EventEmitter, ConnectingPool {
  readonly options: { max: number; password?: unknown };
  readonly totalCount: number;
  readonly idleCount: number;
}

type PoolOfPg = new (options: object) => Pool;

/** How the SQLSTATE begins with which the server makes no further connection, of this role or at all. */
const TOO_MANY = '53';
/** Connections beside the pool of the application, and how long they stay when nobody needs them, in milliseconds. */
const SPARE = 2;
const SPARE_IDLE = 1000;

const guarded = new WeakSet<object>();
const spares = new WeakMap<Pool, Pool>();

/** Undefined while the data source is not initialized; another one when it is initialized again. */
const poolOf = ({ driver }: DataSource): Pool | undefined => (driver as { master?: Pool }).master;

function openPoolOf(dataSource: DataSource): Pool {
  const pool = poolOf(dataSource);
  if (pool === undefined) throw new Error('The TypeORM data source has no pool of connections');
  guard(pool);
  return pool;
}

/**
 * TypeORM listens for a new connection's errors a moment after pg's pool has stopped to: an error in between, as of
 * a server that shuts down, would end the process.
 */
function guard(pool: Pool): void {
  if (guarded.has(pool)) return;
  guarded.add(pool);
  const guardClient = (client: EventEmitter): void => {
    if (guarded.has(client)) return;
    guarded.add(client);
    client.on('error', () => undefined);
  };
  pool.on('connect', guardClient);
  // those that are there already
  pool.on('acquire', guardClient);
}

const isExhausted = ({ options, totalCount, idleCount }: Pool): boolean =>
  idleCount === 0 && totalCount >= options.max;

export async function take(dataSource: DataSource, ended: AbortSignal): Promise<TakenConnection> {
  return takenFrom(await connectBy(openPoolOf(dataSource), ended), dataSource);
}

const takenFrom = (client: Client, dataSource: DataSource): TakenConnection => ({
  connection: connectionOver(client, dataSource),
  release() {
    client.release();
    return Promise.resolve();
  },
});

export async function takeSpare(
  dataSource: DataSource,
  ended: AbortSignal,
  heard: () => void,
): Promise<TakenConnection | undefined> {
  const pool = sparesOf(openPoolOf(dataSource));
  try {
    return takenFrom(await connectBy(pool, ended), dataSource);
  } catch (error) {
    if (ended.aborted) throw error;
    if (sqlStateOf(error)?.startsWith(TOO_MANY)) heard();
    return undefined;
  }
}

/** Made when first needed; it is empty again soon, and nobody has to close it. */
function sparesOf(pool: Pool): Pool {
  const known = spares.get(pool);
  if (known !== undefined) return known;
  const { options } = pool;
  const made = new (pool.constructor as PoolOfPg)({
    ...options,
    // pg hides it
    password: options.password,
    ...{ max: SPARE, min: 0, idleTimeoutMillis: SPARE_IDLE, allowExitOnIdle: true },
  });
  made.on('error', () => undefined);
  guard(made);
  spares.set(pool, made);
  return made;
}

export function inUse(dataSource: DataSource): number | undefined {
  const pool = poolOf(dataSource);
  return pool !== undefined && isExhausted(pool) ? pool.options.max : undefined;
}
