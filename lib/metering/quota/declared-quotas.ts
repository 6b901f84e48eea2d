import type { ExecutionContext, Type } from '@nestjs/common';
import { InvalidOptionsError, quote } from '../../errors.js';
import { type Dimensions, meteredName } from '../service/dimensions.js';
import type { QuotaRule } from './quota-rule.js';

/** The rules of one `@Quota()` at one place. */
export interface QuotaGroup {
  readonly rules: readonly QuotaRule[];
  /** Whether an interceptor sees how calls end: where a rule is charged for success alone. */
  readonly isWatched: boolean;
}

const QUOTAS = Symbol.for('nestjs-fastcounter:quotas');

/** The quotas that are declared on a method or class, in the order of their guards, inherited ones too. */
const quotasOf = (target: object): readonly QuotaGroup[] =>
  (Reflect.getMetadata(QUOTAS, target) ?? []) as readonly QuotaGroup[];

/** Adds a quota to a class, behind those that the class inherits: `@UseGuards()` does the same with guards. */
export function declareClassQuotas(target: object, group: QuotaGroup, prototype: object): void {
  const all = [...quotasOf(target), group];
  checkDistinct(all);
  for (const method of methodsOf(prototype)) checkDistinct([...all, ...quotasOf(method)]);
  Reflect.defineMetadata(QUOTAS, all, target);
}

/** Adds a quota to a method. Quotas of its class are declared later, as decorators of a class run last, but for inherited ones. */
export function declareQuotas(method: object, group: QuotaGroup, prototype: object): void {
  const all = [...quotasOf(method), group];
  checkDistinct([...quotasOf(prototype.constructor), ...all]);
  Reflect.defineMetadata(QUOTAS, all, method);
}

/** What `@Quota()` and `@SkipQuota()` say of a call. */
export interface DeclaredQuotas {
  /** The quotas that the call takes from, in the order of their guards. */
  readonly groups: readonly QuotaGroup[];
  /** Those that it would take from without `@SkipQuota()`. */
  readonly all: readonly QuotaGroup[];
  /** Whether no quota holds that does not stand at the method itself. */
  readonly skips: boolean;
}

/** What is declared for calls of a method. A class leaves out what stands at the class, a method everything. */
export function declaredQuotas(host: object, handler: object): DeclaredQuotas {
  const ofMethod = quotasOf(handler);
  const all = [...quotasOf(host), ...ofMethod];
  if (isSkipped(handler)) return { groups: [], all, skips: true };
  const skips = isSkipped(host);
  return { groups: skips ? ofMethod : all, all, skips };
}

/**
 * The rules that the guard of `group` takes from: all rules of the call if that guard is the last one, else undefined. The last
 * one takes from all at once, as guards before it may find out who calls.
 */
export function rulesOf(
  group: QuotaGroup,
  { groups, all, skips }: DeclaredQuotas,
): readonly QuotaRule[] | undefined {
  // where another decorator kept the guard and lost this metadata, the rules of the guard hold alone
  if (!all.includes(group)) return skips ? undefined : group.rules;
  return groups.at(-1) === group ? groups.flatMap(({ rules }) => rules) : undefined;
}

const SKIPPED = Symbol.for('nestjs-fastcounter:quotas-skipped');

export const declareSkipped = (target: object): void =>
  Reflect.defineMetadata(SKIPPED, true, target);

const isSkipped = (target: object): boolean => Reflect.getMetadata(SKIPPED, target) === true;

const GUARDS = '__guards__';

/** Whether a guard of this class stands at the handler or its class by `@UseGuards()`, and no `@Quota()` does. */
export function isByHand(context: ExecutionContext, guard: Type): boolean {
  const targets = [context.getClass(), context.getHandler()] as const;
  if (targets.some((target) => quotasOf(target).length > 0)) return false;
  return targets.some((target) =>
    ((Reflect.getMetadata(GUARDS, target) ?? []) as unknown[]).includes(guard),
  );
}

/** Refuses two rules of a call that count in the same counter: a call would be taken twice. */
function checkDistinct(groups: readonly QuotaGroup[]): void {
  const seen = new Set<string>();
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    const counters = [kindOf(rule), constantCounter(rule)].filter((it) => it !== undefined);
    if (counters.some((counter) => seen.has(counter))) {
      const { name } = rule;
      throw new InvalidOptionsError(
        `Two quotas of a call count in ${quote(name)}: a call would count there twice. Give each a name of its own, such as ${quote(`${name}.minute`)} and ${quote(`${name}.month`)}`,
      );
    }
    for (const counter of counters) seen.add(counter);
  }
}

/** Name and dimensions of a rule; no name holds the separator. */
const kindOf = ({ name, dimensions = {} }: QuotaRule): string =>
  [name, ...Object.keys(dimensions).sort()].join('\0');

/** The counter of a rule that counts every call in the same one; undefined for any other rule. */
function constantCounter({ name, dimensions = {} }: QuotaRule): string | undefined {
  const isConstant = Object.values(dimensions).every((value) => typeof value !== 'function');
  return isConstant ? meteredName(name, dimensions as Dimensions) : undefined;
}

/** The methods of a prototype, and of those that it inherits from. */
function* methodsOf(prototype: object | null): Generator<object> {
  if (prototype === null || prototype === Object.prototype) return;
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value === 'function' && key !== 'constructor') yield value as object;
  }
  yield* methodsOf(Object.getPrototypeOf(prototype) as object | null);
}
