/**
 * Where Redis is, in terms that every Redis client understands.
 *
 * @publicApi
 */
export interface RedisConnection {
  /** @default 'localhost' */
  host?: string | undefined;
  /** @default 6379 */
  port?: number | undefined;
  username?: string | undefined;
  password?: string | undefined;
  /** Number of the logical database. @default 0 */
  db?: number | undefined;
  /** TLS, with Node's `tls.connect()` options if needed. @default false */
  tls?: boolean | object | undefined;
}

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

/** Who prints or serializes it does not show what is secret. */
export function concealed(connection: RedisConnection): RedisConnection {
  for (const key of ['password', 'tls'] as const) {
    const value = connection[key];
    const secret = typeof value === 'string' || typeof value === 'object';
    // not even where hidden properties are printed
    if (secret) Object.defineProperty(connection, key, { get: () => value, enumerable: false });
  }
  return connection;
}
