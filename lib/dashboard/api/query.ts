import { Refusal } from '../http/refusal.js';
import { type CountWindow, WINDOWS } from '../../words/bucket-name.js';

/** The only one that is given several times. */
const LIST = 'groupBy';

/** The query of a request: what a read needs of it. What is in it is checked where it is used. */
export class Query {
  private readonly given = new URLSearchParams();

  /** With nothing but `keys`, each once where it is no list: other things make no other read. */
  constructor(given: URLSearchParams, keys: readonly string[]) {
    for (const key of keys) {
      const values = given.getAll(key);
      for (const value of key === LIST ? values : values.slice(0, 1)) this.given.append(key, value);
    }
  }

  /** The same for what is read alike. */
  get key(): string {
    return JSON.stringify([...this.given]);
  }

  text(key: string): string {
    return this.given.get(key) ?? '';
  }

  required(key: string): string {
    const value = this.given.get(key);
    if (value === null || value === '') throw wrong(`The query needs ${key}`);
    return value;
  }

  list(key: string): string[] {
    return this.given.getAll(key);
  }

  integer(key: string, most: number, fallback: number): number {
    const value = this.given.get(key);
    if (value === null) return fallback;
    if (/^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= most)
      return Number(value);
    throw wrong(`${key} must be a whole number from 1 to ${most}`);
  }

  /** Undefined for totals. */
  window(key = 'window'): CountWindow | undefined {
    const value = this.given.get(key);
    if (value === null || value === '') return undefined;
    const found = WINDOWS.find((it) => it === value);
    if (found !== undefined) return found;
    throw wrong(`${key} must be one of ${WINDOWS.join(', ')}`);
  }

  count(key: string): bigint {
    const value = this.required(key);
    if (/^-?\d{1,20}$/.test(value)) return BigInt(value);
    throw wrong(`${key} must be a whole number`);
  }
}

export const wrong = (message: string): Refusal => new Refusal(400, 'INVALID_ARGUMENT', message);
