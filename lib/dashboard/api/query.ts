import { Refusal } from '../http/refusal.js';
import { type CountWindow, WINDOWS } from '../../words/bucket-name.js';

/** The query of a request; what is in it is checked where it is used. */
export class Query {
  constructor(private readonly given: URLSearchParams) {}

  /** Stable, whatever the order. */
  get key(): string {
    return [...this.given]
      .map((pair) => JSON.stringify(pair))
      .sort()
      .join();
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
