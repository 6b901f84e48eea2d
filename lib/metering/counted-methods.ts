import type { CountingRule } from './counting-rule.js';
import type { Method } from './declarations.js';

/** The functions that stand in the place of counted methods. */
const counted = new WeakMap<Method, { home: object; rules: CountingRule[] }>();

export function markCountedMethod(method: Method, home: object, rules: CountingRule[]): void {
  counted.set(method, { home, rules });
}

export const isCountedMethod = (method: unknown): boolean => counted.has(method as Method);

/** The rules that a method of this class counts by already; more may be added. */
export function rulesOf(method: Method, home: object): CountingRule[] | undefined {
  const found = counted.get(method);
  return found?.home === home ? found.rules : undefined;
}
