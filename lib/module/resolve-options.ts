import type { CacheManagerCache } from '../cache/cache-source.js';
import { parseRedisUrl, type RedisConnection } from '../cache/redis-connection.js';
import type { DurableClaims } from '../cache/redis/durability.js';
import { InvalidOptionsError, quote } from '../errors.js';
import type { CounterQueueOptions } from '../queue/queue-options.js';
import type { FastCounterOptions } from './options.js';

/** The options, checked, with every default filled in. */
export interface ResolvedOptions extends Required<
  Omit<FastCounterOptions, 'redis' | 'cache' | 'queue' | 'dataSource'>
> {
  redis?: RedisConnection;
  cache?: CacheManagerCache;
  dataSource?: string;
  queue: {
    redis?: RedisConnection;
    prefix: string;
    count: number;
    settings?: CounterQueueOptions['settings'];
  };
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Throws `InvalidOptionsError` with key and value of the first option that is wrong. */
export function resolveOptions(given: unknown): ResolvedOptions {
  if (given !== undefined && !isRecord(given)) {
    throw new InvalidOptionsError(
      `The options must be an object, not ${quote(withoutSecrets('', given))}`,
    );
  }
  const options = new Reader(given ?? {}, '');
  const queue = new Reader(options.record('queue') ?? {}, 'queue.');
  const resolved: ResolvedOptions = {
    redis: options.redis('redis'),
    cache: options.cache('cache'),
    queue: {
      redis: queue.redis('redis'),
      prefix:
        queue.text('prefix', /^[\w.-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ -') ?? 'PersistCounter',
      count: queue.integer('count', 1, 100, 5),
      settings: queue.record('settings'),
    },
    dataSource: options.text('dataSource', /./, 'the name of a TypeORM data source'),
    namespace:
      options.text('namespace', /^[\w.-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ -') ?? 'default',
    updateInterval: options.integer('updateInterval', 0, 7 * DAY, 10_000),
    workers: options.flag('workers', true),
    isGlobal: options.flag('isGlobal', true),
    maxBufferedNames: options.integer('maxBufferedNames', 1, 10_000_000, 100_000),
    acknowledgeTimeout: options.integer('acknowledgeTimeout', 100, HOUR, 10_000),
    commandTimeout: options.integer('commandTimeout', 100, 60_000, 5_000),
    allowEviction: options.flag('allowEviction', false),
    durableClaims: durableClaims(
      new Reader(options.record('durableClaims') ?? {}, 'durableClaims.'),
    ),
    flushTimeout: options.integer('flushTimeout', 100, HOUR, 30_000),
    shutdownTimeout: options.integer('shutdownTimeout', 100, HOUR, 10_000),
    idempotencyTtl: options.integer('idempotencyTtl', 1_000, 30 * DAY, DAY),
    sweepInterval: options.integer('sweepInterval', 100, 60_000, 1_000),
  };
  options.refuseOthers();
  queue.refuseOthers();
  checkCombination(resolved);
  return resolved;
}

export const idleProcess = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'Option "workers" is false, but without a Redis in "redis" or "cache" no other process could persist the counts',
  );

function durableClaims(options: Reader): Required<DurableClaims> {
  const resolved = {
    replicas: options.integer('replicas', 0, 10, 0),
    disk: options.flag('disk', false),
    timeout: options.integer('timeout', 10, 60_000, 1_000),
  };
  options.refuseOthers();
  return resolved;
}

/** Without a place for the counts they live in this process. */
export const isEmbedded = ({ redis, cache }: ResolvedOptions): boolean =>
  redis === undefined && cache === undefined;

function checkCombination(options: ResolvedOptions): void {
  const { redis, cache, queue } = options;
  if (redis !== undefined && cache !== undefined) {
    throw new InvalidOptionsError(
      'Options "redis" and "cache" exclude each other: give the one that says where the counts are',
    );
  }
  if (!isEmbedded(options)) return;
  if (!options.workers) throw idleProcess();
  if (queue.redis !== undefined) {
    throw new InvalidOptionsError(
      'Option "queue.redis" is of no use without "redis" or "cache": embedded counters have no queues',
    );
  }
}

/** Takes options one by one and remembers which there are. */
class Reader {
  private readonly known = new Set<string>();

  constructor(
    private readonly given: Record<string, unknown>,
    private readonly path: string,
  ) {}

  integer(key: string, min: number, max: number, fallback: number): number {
    const value = this.take(key);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      return value;
    throw wrong(this.path + key, value, `must be a whole number from ${min} to ${max}`);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.take(key);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    throw wrong(this.path + key, value, 'must be true or false');
  }

  text(key: string, pattern: RegExp, allowed: string): string | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw wrong(this.path + key, value, `must be ${allowed}`);
  }

  record(key: string): Record<string, unknown> | undefined {
    const value = this.take(key);
    if (value === undefined || isRecord(value)) return value;
    throw wrong(this.path + key, value, 'must be an object');
  }

  cache(key: string): CacheManagerCache | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (isRecord(value) && Array.isArray(value.stores))
      return value as unknown as CacheManagerCache;
    throw wrong(
      this.path + key,
      typeof value,
      'must be a Cache of cache-manager 7, made by createCache()',
    );
  }

  redis(key: string): RedisConnection | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return this.redisUrl(key, value);
    if (!isRecord(value)) throw wrong(this.path + key, typeof value, 'must be a URL or an object');
    const connection = new Reader(value, `${this.path}${key}.`);
    const resolved: RedisConnection = {
      host: connection.text('host', /^[\w.:%-]+$/, 'a host name or an address'),
      port: connection.integer('port', 1, 65_535, 6379),
      username: connection.secret('username'),
      password: connection.secret('password'),
      db: connection.integer('db', 0, 1_000_000, 0),
      tls: connection.tls(),
    };
    connection.refuseOthers();
    return resolved;
  }

  refuseOthers(): void {
    for (const [key, value] of Object.entries(this.given)) {
      if (this.known.has(key)) continue;
      const known = [...this.known].join(', ');
      throw wrong(this.path + key, value, `is unknown; known are ${known}`);
    }
  }

  private redisUrl(key: string, text: string): RedisConnection {
    try {
      return parseRedisUrl(text);
    } catch (error) {
      // the URL may hold a password: it is not quoted
      const reason = error instanceof Error ? error.message : 'unreadable';
      throw new InvalidOptionsError(
        `Option "${this.path}${key}" must be a URL such as redis://user:password@host:6379/0: ${reason}`,
      );
    }
  }

  private secret(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'string') return value;
    throw wrong(this.path + key, value, 'must be a string');
  }

  private tls(): boolean | object | undefined {
    const value = this.take('tls');
    if (value === undefined || typeof value === 'boolean' || isRecord(value)) return value;
    throw wrong(
      `${this.path}tls`,
      typeof value,
      'must be true, false or the options of tls.connect()',
    );
  }

  private take(key: string): unknown {
    this.known.add(key);
    return this.given[key];
  }
}

function wrong(key: string, value: unknown, rule: string): InvalidOptionsError {
  return new InvalidOptionsError(
    `Option "${key}" (given: ${quote(withoutSecrets(key, value))}) ${rule}`,
  );
}

/** A misspelt option may hold what must not be in a log. */
function withoutSecrets(key: string, value: unknown): unknown {
  if (/pass|secret|token|user|auth|tls/i.test(key)) return `a ${typeof value}`;
  if (typeof value === 'object' && value !== null) {
    return /@|pass|secret|token|user|auth/i.test(quote(value)) ? 'an object' : value;
  }
  return typeof value === 'string' && value.includes('@') ? 'a string with "@"' : value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
