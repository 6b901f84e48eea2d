import type { CountingRule } from './counting-rule.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What the decorators said of a method, or of its class. */
export type Declaration =
  | { readonly kind: 'skipped' }
  | { readonly kind: 'counted'; readonly by: 'class' | 'method'; readonly rules: CountingRule[] };

const declarations = new WeakMap<object, Map<PropertyKey, Declaration>>();
const skippedClasses = new WeakSet();

export function declared(prototype: object, key: PropertyKey): Declaration | undefined {
  return declarations.get(prototype)?.get(key);
}

export function declare(prototype: object, key: PropertyKey, declaration: Declaration): void {
  const ofClass = declarations.get(prototype) ?? new Map<PropertyKey, Declaration>();
  declarations.set(prototype, ofClass.set(key, declaration));
}

export function declareClassSkipped(prototype: object): void {
  skippedClasses.add(prototype);
}

/**
 * Whether a method of `home` counts when an object of `prototype` runs it. What is declared nearer to
 * the object takes its place: a method that overrides it counts the call, and not once more when it
 * calls `super`.
 */
export function counts(prototype: object, home: object, key: PropertyKey): boolean {
  for (const at of lineage(prototype)) {
    if (skippedClasses.has(at)) return false;
    const declaration = declared(at, key);
    if (at === home) return declaration?.kind !== 'skipped';
    if (declaration !== undefined) return false;
  }
  // a copy of the method on another class
  return true;
}

/** The methods of a class, inherited ones too, that have a rule with a use for the context. */
export function contextual(prototype: object): Set<PropertyKey> {
  const keys = new Set<PropertyKey>();
  for (const at of lineage(prototype)) {
    for (const [key, declaration] of declarations.get(at) ?? []) {
      if (declaration.kind === 'skipped') continue;
      if (declaration.rules.some(({ needsContext }) => needsContext)) keys.add(key);
    }
  }
  return keys;
}

/** A prototype and those it inherits from, nearest first. */
export function lineage(prototype: object): object[] {
  const all: object[] = [];
  for (let at: object | null = prototype; at !== null && at !== Object.prototype;) {
    all.push(at);
    at = Object.getPrototypeOf(at) as object | null;
  }
  return all;
}

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
