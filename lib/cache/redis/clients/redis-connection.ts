/** Address of one server. @publicApi */
export interface RedisAddress {
  /** Name or IP address of the server. @default 'localhost' */
  host?: string | undefined;
  /** TCP port of the server. @default 6379, of sentinels 26379 */
  port?: number | undefined;
}

/** How this process logs in to each server. @publicApi */
export interface RedisAccess {
  /** User of Redis' access control lists. @default none: the server's default user */
  username?: string | undefined;
  /** Password of the user. Neither logged nor printed. @default none */
  password?: string | undefined;
  /**
   * Whether to connect by TLS, or how: options of Node's `tls.connect()`, such as `ca`, `cert`, `key` and `servername`.
   *
   * @default false
   */
  tls?: boolean | object | undefined;
}

/**
 * A Redis of one server.
 *
 * @publicApi
 */
export interface RedisConnection extends RedisAddress, RedisAccess {
  /** Number of the logical database. @default 0 */
  db?: number | undefined;
}

/** By an address that servers name, as `host:port`: the address by which this process reaches that server. @publicApi */
export type RedisNatMap = Readonly<Record<string, { host: string; port: number }>>;

/** Options of a Redis whose servers tell clients the addresses of other servers. @publicApi */
export interface RedisNaming {
  /**
   * Other addresses for those that servers name: behind NAT or in containers, this process may not reach them by the named ones.
   *
   * @default none: addresses are used as they are named
   */
  natMap?: RedisNatMap | undefined;
}

/**
 * A Redis whose primary is found by sentinels.
 *
 * @publicApi
 */
export interface RedisSentinels extends RedisAccess, RedisNaming {
  /** Some of the sentinels, at least one. The first sentinel that answers is asked for the primary. */
  sentinels: readonly RedisAddress[];
  /** What the sentinels call the primary, such as `mymaster`. */
  name: string;
  /** Number of the logical database. @default 0 */
  db?: number | undefined;
  /** User for the sentinels. @default none */
  sentinelUsername?: string | undefined;
  /** Password for the sentinels. @default none */
  sentinelPassword?: string | undefined;
  /** Whether to connect to the sentinels by TLS, or how. @default as `tls` */
  sentinelTls?: boolean | object | undefined;
}

/**
 * A Redis Cluster.
 *
 * @publicApi
 */
export interface RedisCluster extends RedisAccess, RedisNaming {
  /**
   * Some of the nodes, at least one, as addresses or URLs: these nodes name the others. A user, a password and
   * `rediss:` in a URL hold for all nodes.
   */
  cluster: readonly (RedisAddress | string)[];
}

/** Where Redis is: one server, sentinels or a cluster. @publicApi */
export type RedisDeployment = RedisConnection | RedisSentinels | RedisCluster;

export const isSentinels = (deployment: RedisDeployment): deployment is RedisSentinels =>
  'sentinels' in deployment;

export const isCluster = (deployment: RedisDeployment): deployment is RedisCluster =>
  'cluster' in deployment;

/** Of a cluster whose URLs were read before. */
export const addressesOf = ({ cluster }: RedisCluster): RedisAddress[] =>
  cluster.filter((node) => typeof node !== 'string');

/** Reads `redis://user:password@host:port/db` (or `rediss:` for TLS); throws on anything else. */
export function parseRedisUrl(text: string): RedisConnection {
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new TypeError('the protocol must be redis: or rediss:');
  }
  if (url.search !== '') throw new TypeError('the URL must have no query');
  if (url.port === '0') throw new TypeError('the port must not be 0');
  const db = url.pathname.length > 1 ? Number(url.pathname.slice(1)) : 0;
  if (!Number.isInteger(db) || db < 0) {
    throw new TypeError('the path must be the number of a database, as in redis://localhost/0');
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: url.port === '' ? 6379 : Number(url.port),
    username: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    db,
    tls: url.protocol === 'rediss:',
  };
}

/** May hold what nobody is to read. */
const SECRETS = ['password', 'tls', 'sentinelPassword', 'sentinelTls'];

/** Who prints or serializes it does not show what is secret. */
export function concealed<Deployment extends RedisDeployment>(deployment: Deployment): Deployment {
  for (const key of SECRETS) {
    const value = (deployment as Record<string, unknown>)[key];
    const secret = typeof value === 'string' || (typeof value === 'object' && value !== null);
    // not even where hidden properties are printed
    if (secret) Object.defineProperty(deployment, key, { get: () => value, enumerable: false });
  }
  return deployment;
}
