import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../../../errors.js';
import type { TakenConnection } from '../../dialects/sql-connection.js';
import { isOfTooMany } from '../errors.js';
import { leaveAsFound } from '../session.js';
import { type Client, connectionOver, drop } from './connection.js';

interface PoolClient extends Client {
  release(): void;
}

/** A queue of mysql2's. */
interface Clients {
  readonly length: number;
  get(place: number): PoolClient | undefined;
}

/** What is used of a pool of mysql2, or of a cluster of pools, which has no connections of its own. */
interface Pool {
  getConnection(answer: (error: Error | null, client?: PoolClient) => void): void;
  readonly config?: { readonly connectionLimit: number };
  readonly _allConnections?: Clients;
  readonly _freeConnections?: Clients;
}

interface SpareClient extends Client {
  connect(answer: (error: Error | null) => void): void;
  end(answer?: () => void): void;
}

/** What is used of TypeORM's. */
interface Driver {
  readonly pool?: Pool;
  readonly poolCluster?: { of(pattern: string): Pool };
  readonly mysql: { createConnection(options: object): SpareClient };
  createConnectionOptions(options: object, credentials: object): Record<string, unknown>;
}

/** Connections beside the pool of the application. */
const SPARE = 2;

const guarded = new WeakSet<object>();
/** How many are in use, by pool. */
const spares = new WeakMap<Pool, number>();

const driverOf = ({ driver }: DataSource): Driver => driver as unknown as Driver;

/** Undefined while the data source is not initialized; another one when it is initialized again. */
function poolOf(dataSource: DataSource): Pool | undefined {
  const { pool, poolCluster } = driverOf(dataSource);
  return poolCluster?.of('MASTER') ?? pool;
}

function openPoolOf(dataSource: DataSource): Pool {
  const pool = poolOf(dataSource);
  if (pool === undefined) throw new Error('The TypeORM data source has no pool of connections');
  return pool;
}

const isExhausted = ({ config, _allConnections: all, _freeConnections: free }: Pool): boolean =>
  config !== undefined &&
  config.connectionLimit > 0 &&
  free?.length === 0 &&
  (all?.length ?? 0) >= config.connectionLimit;

export async function take(dataSource: DataSource, ended: AbortSignal): Promise<TakenConnection> {
  const client = await connectBy(openPoolOf(dataSource), ended);
  return takenFrom(client, dataSource, () => client.release());
}

function takenFrom(client: Client, dataSource: DataSource, giveBack: () => void): TakenConnection {
  expectMysql2(client);
  guard(client);
  const connection = connectionOver(client, dataSource);
  let isAbandoned = false;
  const abandon = (): void => {
    isAbandoned = true;
    connection.abandon();
  };
  const taken = { ...connection, abandon };
  return {
    connection: taken,
    async release() {
      if (!isAbandoned) await leaveAsFound(taken).catch(abandon);
      giveBack();
    },
  };
}

/** The driver mysql authenticates with no current server, and has no tests here. */
function expectMysql2(client: Client): void {
  if (typeof client.execute === 'function') return;
  throw new InvalidOptionsError(
    'The TypeORM data source connects by another driver than mysql2: install mysql2, and leave out the options "driver" and "connectorPackage"',
  );
}

/** An error of a connection that nobody uses at the moment would end the process. */
function guard(client: Client): void {
  if (guarded.has(client)) return;
  guarded.add(client);
  client.on('error', () => undefined);
}

/** Takes a client of the pool, and ends the attempt when told to: the socket of a client that was made for it is closed. */
function connectBy(pool: Pool, ended: AbortSignal): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    const before = new Set(clientsOf(pool));
    let made: PoolClient[] = [];
    const end = (): void => {
      made.forEach(drop);
      reject(new Error('The attempt to connect was ended'));
    };
    ended.addEventListener('abort', end, { once: true });
    pool.getConnection((error, client) => {
      ended.removeEventListener('abort', end);
      if (client === undefined) reject(error ?? new Error('The pool gave no connection'));
      else if (ended.aborted) client.release();
      else resolve(client);
    });
    made = clientsOf(pool).filter((client) => !before.has(client));
    made.forEach(guard);
  });
}

function clientsOf({ _allConnections: all }: Pool): PoolClient[] {
  const places = Array.from({ length: all?.length ?? 0 }, (_, place) => all?.get(place));
  return places.filter((client) => client !== undefined);
}

export async function takeSpare(
  dataSource: DataSource,
  ended: AbortSignal,
  heard: () => void,
): Promise<TakenConnection | undefined> {
  const pool = openPoolOf(dataSource);
  const sparesInUse = spares.get(pool) ?? 0;
  if (sparesInUse >= SPARE) return undefined;
  spares.set(pool, sparesInUse + 1);
  const free = (): unknown => spares.set(pool, (spares.get(pool) ?? 1) - 1);
  try {
    const client = await connectSpare(dataSource, ended);
    return takenFrom(client, dataSource, () => {
      free();
      client.end(() => undefined);
    });
  } catch (error) {
    free();
    if (ended.aborted) throw error;
    if (isOfTooMany(error)) heard();
    return undefined;
  }
}

function connectSpare(dataSource: DataSource, ended: AbortSignal): Promise<SpareClient> {
  const driver = driverOf(dataSource);
  const options = dataSource.options as { replication?: { master: object } };
  const settings = driver.createConnectionOptions(options, options.replication?.master ?? options);
  // mysql2 writes to the console where it is given what it does not know
  delete settings['acquireTimeout'];
  const client = driver.mysql.createConnection(settings);
  guard(client);
  return new Promise((resolve, reject) => {
    const end = (): void => {
      drop(client);
      reject(new Error('The attempt to connect was ended'));
    };
    ended.addEventListener('abort', end, { once: true });
    client.connect((error) => {
      ended.removeEventListener('abort', end);
      if (error) reject(error);
      else resolve(client);
    });
  });
}

export function inUse(dataSource: DataSource): number | undefined {
  const pool = poolOf(dataSource);
  return pool !== undefined && isExhausted(pool) ? pool.config?.connectionLimit : undefined;
}
