import { InvalidOptionsError, quote } from '../../errors.js';
import { type Dimensions, meteredName } from '../service/dimensions.js';
import type { QuotaRule } from './quota-rule.js';

/** The rules of one `@Quota()` at one place. */
export interface QuotaGroup {
  readonly rules: readonly QuotaRule[];
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

/**
 * The rules that the guard of `group` takes from: all rules of the call if that guard is the last one, else undefined. The last
 * one takes from all at once, as guards before it may find out who calls.
 */
export function rulesOf(
  group: QuotaGroup,
  host: object,
  handler: object,
): readonly QuotaRule[] | undefined {
  const all = [...quotasOf(host), ...quotasOf(handler)];
  // where another decorator kept the guard and lost this metadata, the rules of the guard hold alone
  if (!all.includes(group)) return group.rules;
  return all.at(-1) === group ? all.flatMap(({ rules }) => rules) : undefined;
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
