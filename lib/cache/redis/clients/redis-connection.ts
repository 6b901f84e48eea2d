/** One server, or one of several. @publicApi */
export interface RedisAddress {
  /** @default 'localhost' */
  host?: string | undefined;
  /** @default 6379, of sentinels 26379 */
  port?: number | undefined;
}

/** How this process introduces itself to each server. @publicApi */
export interface RedisAccess {
  username?: string | undefined;
  password?: string | undefined;
  /**
   * TLS, with Node's `tls.connect()` options if needed: `ca`, `cert`, `key`, `servername` and so on.
   *
   * @default false
   */
  tls?: boolean | object | undefined;
}

/**
 * A Redis of one server, in terms that every Redis client understands.
 *
 * @publicApi
 */
export interface RedisConnection extends RedisAddress, RedisAccess {
  /** Number of the logical database. @default 0 */
  db?: number | undefined;
}

/** For addresses that servers name, as `host:port`: where those servers are from here. @publicApi */
export type RedisNatMap = Readonly<Record<string, { host: string; port: number }>>;

/** Of a Redis whose servers tell clients where others of them are. @publicApi */
export interface RedisNaming {
  /** Behind NAT, or with containers, where servers name addresses that lead nowhere from here. @default as they are named */
  natMap?: RedisNatMap | undefined;
}

/**
 * A Redis whose primary is found by sentinels.
 *
 * @publicApi
 */
export interface RedisSentinels extends RedisAccess, RedisNaming {
  /** Some of the sentinels, at least one. The first one that answers is asked. */
  sentinels: readonly RedisAddress[];
  /** What the sentinels call the primary, such as `mymaster`. */
  name: string;
  /** Number of the logical database. @default 0 */
  db?: number | undefined;
  /** For the sentinels, where they ask for one. */
  sentinelUsername?: string | undefined;
  /** For the sentinels, where they ask for one. */
  sentinelPassword?: string | undefined;
  /** TLS to the sentinels. @default as `tls` */
  sentinelTls?: boolean | object | undefined;
}

/**
 * A Redis Cluster.
 *
 * @publicApi
 */
export interface RedisCluster extends RedisAccess, RedisNaming {
  /**
   * Some of the nodes, at least one, as addresses or URLs; the others are found by them. A user, a password and
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
