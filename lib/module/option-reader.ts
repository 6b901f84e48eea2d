import type { CacheManagerCache } from '../cache/cache-source.js';
import { concealed, parseRedisUrl, type RedisConnection } from '../cache/redis-connection.js';
import { checkCounterName } from '../counting/counter-name.js';
import { InvalidOptionsError, quote } from '../errors.js';

/** Takes options one by one and remembers which there are. */
export class OptionReader {
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

  zeroOr(key: string, min: number, max: number, fallback: number): number {
    const value = this.take(key);
    if (value === undefined) return fallback;
    const fits = value === 0 || (Number(value) >= min && Number(value) <= max);
    if (typeof value === 'number' && Number.isInteger(value) && fits) return value;
    throw wrong(this.path + key, value, `must be 0 or a whole number from ${min} to ${max}`);
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

  counter(key: string, fallback: string): string {
    const value = this.take(key) ?? fallback;
    try {
      checkCounterName(value);
      return value;
    } catch (error) {
      throw wrong(this.path + key, value, error instanceof Error ? error.message : '');
    }
  }

  record(key: string): Record<string, unknown> | undefined {
    const value = this.take(key);
    if (value === undefined || isRecord(value)) return value;
    throw wrong(this.path + key, value, 'must be an object');
  }

  /** One reader for each object of an array. */
  records(key: string): OptionReader[] {
    const value = this.take(key) ?? [];
    if (!Array.isArray(value) || !value.every(isRecord)) {
      throw wrong(this.path + key, value, 'must be an array of objects');
    }
    return value.map((record, index) => new OptionReader(record, `${this.path}${key}[${index}].`));
  }

  /** One or more of these. */
  choices<Choice extends string>(key: string, known: readonly Choice[]): readonly Choice[] {
    const value = this.take(key);
    const chosen = known.filter((choice) => Array.isArray(value) && value.includes(choice));
    if (Array.isArray(value) && value.length > 0 && chosen.length === new Set(value).size) {
      return chosen;
    }
    throw wrong(this.path + key, value, `must be an array of ${known.join(', ')}`);
  }

  required(key: string): void {
    if (this.given[key] === undefined) throw wrong(this.path + key, undefined, 'is required');
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
    const connection = new OptionReader(value, `${this.path}${key}.`);
    const resolved: RedisConnection = {
      host: connection.text('host', /^[\w.:%-]+$/, 'a host name or an address'),
      port: connection.integer('port', 1, 65_535, 6379),
      username: connection.secret('username'),
      password: connection.secret('password'),
      db: connection.integer('db', 0, 1_000_000, 0),
      tls: connection.tls(),
    };
    connection.refuseOthers();
    return concealed(resolved);
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
      return concealed(parseRedisUrl(text));
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
export function withoutSecrets(key: string, value: unknown): unknown {
  if (/pass|secret|token|user|auth|tls/i.test(key)) return `a ${typeof value}`;
  if (typeof value === 'object' && value !== null) {
    return /@|pass|secret|token|user|auth/i.test(quote(value)) ? 'an object' : value;
  }
  return typeof value === 'string' && value.includes('@') ? 'a string with "@"' : value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
