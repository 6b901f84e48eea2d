import type { CacheManagerCache } from '../../cache/cache-source.js';
import { whyInvalidName } from '../../input/counter-name.js';
import { InvalidOptionsError, quote } from '../../errors.js';

/** Reads options one by one, checks each, and remembers which ones it was asked for. */
export class OptionReader {
  private readonly taken = new Set<string>();

  constructor(
    private readonly options: Record<string, unknown>,
    private readonly path: string,
  ) {}

  integer(key: string, min: number, max: number, fallback: number): number {
    const value = this.take(key);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      return value;
    throw wrongOption(this.path + key, value, `must be a whole number from ${min} to ${max}`);
  }

  zeroOr(key: string, min: number, max: number, fallback: number): number {
    const value = this.take(key);
    if (value === undefined) return fallback;
    const fits = value === 0 || (Number(value) >= min && Number(value) <= max);
    if (typeof value === 'number' && Number.isInteger(value) && fits) return value;
    throw wrongOption(this.path + key, value, `must be 0 or a whole number from ${min} to ${max}`);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.take(key);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    throw wrongOption(this.path + key, value, 'must be true or false');
  }

  text(key: string, pattern: RegExp, allowed: string): string | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw wrongOption(this.path + key, value, `must be ${allowed}`);
  }

  counter(key: string, fallback: string): string {
    const value = this.take(key) ?? fallback;
    const reason = whyInvalidName(value);
    if (reason === undefined) return value as string;
    throw wrongOption(this.path + key, value, `is no counter name: it ${reason}`);
  }

  record(key: string): Record<string, unknown> | undefined {
    const value = this.take(key);
    if (value === undefined || isRecord(value)) return value;
    throw wrongOption(this.path + key, value, 'must be an object');
  }

  /** One reader for each object of an array. */
  records(key: string): OptionReader[] {
    const value = this.take(key) ?? [];
    if (!Array.isArray(value) || !value.every(isRecord)) {
      throw wrongOption(this.path + key, value, 'must be an array of objects');
    }
    return value.map((record, index) => new OptionReader(record, `${this.path}${key}[${index}].`));
  }

  /** An array of one or more of the allowed texts. */
  choices<Choice extends string>(key: string, allowed: readonly Choice[]): readonly Choice[] {
    const value = this.take(key);
    const chosen = allowed.filter((choice) => Array.isArray(value) && value.includes(choice));
    if (Array.isArray(value) && value.length > 0 && chosen.length === new Set(value).size) {
      return chosen;
    }
    throw wrongOption(
      this.path + key,
      value,
      `must be an array of one or more of ${allowed.join(', ')}`,
    );
  }

  /** One of the allowed texts. */
  choice<Choice extends string>(key: string, allowed: readonly Choice[], fallback: Choice): Choice {
    const value = this.take(key);
    if (value === undefined) return fallback;
    const chosen = allowed.find((it) => it === value);
    if (chosen !== undefined) return chosen;
    throw wrongOption(this.path + key, value, `must be one of ${allowed.map(quote).join(', ')}`);
  }

  required(key: string): void {
    if (this.options[key] === undefined)
      throw wrongOption(this.path + key, undefined, 'is required');
  }

  cache(key: string): CacheManagerCache | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (isRecord(value) && Array.isArray(value.stores))
      return value as unknown as CacheManagerCache;
    throw wrongOption(
      this.path + key,
      new Hidden(value),
      'must be a Cache of cache-manager 6 or 7, made by createCache()',
    );
  }

  /** The value, unchecked. */
  given(key: string): unknown {
    return this.take(key);
  }

  /** A reader for the object that stands under a key. */
  inside(key: string, value: Record<string, unknown>): OptionReader {
    return new OptionReader(value, `${this.path}${key}.`);
  }

  /** The name of an option, for messages. */
  nameOf(key: string): string {
    return this.path + key;
  }

  /** Refuses options that were not asked for. `further` names options that could have been given instead: the message lists them. */
  refuseOthers(further: readonly string[] = []): void {
    for (const [key, value] of Object.entries(this.options)) {
      if (this.taken.has(key) || (value === undefined && further.includes(key))) continue;
      const known = [...this.taken, ...further].join(', ');
      throw wrongOption(this.path + key, value, `is unknown; known are ${known}`);
    }
  }

  secret(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongOption(this.path + key, new Hidden(value), 'must be a string');
  }

  tls(key: string): boolean | object | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'boolean' || isRecord(value)) return value;
    throw wrongOption(
      this.path + key,
      new Hidden(value),
      'must be true, false or the options of tls.connect()',
    );
  }

  private take(key: string): unknown {
    this.taken.add(key);
    return this.options[key];
  }
}

export function wrongOption(key: string, value: unknown, rule: string): InvalidOptionsError {
  return new InvalidOptionsError(`Option "${key}" (given: ${shown(key, value)}) ${rule}`);
}

/** A value of which a message tells the kind alone. */
export class Hidden {
  readonly kind: string;

  constructor(value: unknown) {
    this.kind = kindOf(value);
  }
}

/** How a message shows a value. Of what may hold a secret, as a misspelt option may, that is its kind alone. */
export function shown(key: string, value: unknown): string {
  if (value instanceof Hidden) return value.kind;
  if (/pass|secret|token|user|auth|tls/i.test(key)) return kindOf(value);
  const quoted = quote(value);
  if (typeof value === 'object' && value !== null) {
    return /@|pass|secret|token|user|auth/i.test(quoted) ? kindOf(value) : quoted;
  }
  return typeof value === 'string' && value.includes('@') ? 'a string with "@"' : quoted;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
