import { countedMethod, nameOf, copyDecorations } from '../call/counted-method.js';
import { hasMetadata } from '../context/handler-metadata.js';
import { injectMeter } from '../meter/bind-meter.js';
import { checkDistinct, type CountingRule } from '../rules/counting-rule.js';
import {
  declare,
  type Declaration,
  declared,
  isCountedMethod,
  lineage,
  type Method,
  rulesOf,
} from '../rules/declarations.js';

/** Hooks are not counted: Nest calls them by itself, once. */
const HOOKS = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Declares a rule for a method, and answers the counted method that takes its place. */
export function countMethod(
  prototype: object,
  key: PropertyKey,
  method: Method,
  rule: CountingRule,
  by: 'class' | 'method' = 'method',
): Method {
  const before = declared(prototype, key);
  if (before?.kind === 'counted') checkDistinct(before.rules, rule, nameOf(prototype, key));
  if (before === undefined) declare(prototype, key, { kind: 'counted', by, rules: [rule] });
  else if (before.kind === 'counted') before.rules.push(rule);
  injectMeter(prototype);
  const rules = rulesOf(method, prototype);
  if (rules === undefined) return countedMethod(prototype, key, method, [rule]);
  rules.push(rule);
  return method;
}

/** Counts the methods that a class declares, and the handlers that it inherits. */
export function countClass(prototype: object, rule: CountingRule): void {
  const methods = new Map([...inheritedHandlers(prototype), ...ownMethods(prototype)]);
  for (const [key, method] of methods) {
    const value = countMethod(prototype, key, method, rule, 'class');
    Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
  }
}

function* ownMethods(prototype: object): Iterable<[string, Method]> {
  for (const [key, method] of methodsAt(prototype)) {
    const isForeign = isCountedMethod(method) && rulesOf(method, prototype) === undefined;
    if (!isForeign && leavesToClass(declared(prototype, key))) yield [key, method];
  }
}

function* inheritedHandlers(prototype: object): Iterable<[string, Method]> {
  // the nearest one, which is what the object has, comes last
  for (const at of lineage(prototype).slice(1).reverse()) {
    for (const [key, method] of methodsAt(at)) {
      if (hasMetadata(method) && !isDeclaredAbove(prototype, key))
        yield [key, callInherited(prototype, key, method)];
    }
  }
}

function methodsAt(prototype: object): [string, Method][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(
    ([key, { value, writable }]): [string, Method][] => {
      const isMethod = typeof value === 'function' && writable === true;
      return isMethod && key !== 'constructor' && !HOOKS.has(key) ? [[key, value as Method]] : [];
    },
  );
}

/** Whether no decorator of the method itself replaces that of the class. */
const leavesToClass = (declaration: Declaration | undefined): boolean =>
  declaration === undefined || (declaration.kind === 'counted' && declaration.by === 'class');

const isDeclaredAbove = (prototype: object, key: string): boolean =>
  lineage(prototype).some((at) => declared(at, key) !== undefined);

/** A method that calls the inherited one, whatever that is at the time of the call. */
function callInherited(prototype: object, key: string, method: Method): Method {
  const call: Method = function (this: unknown, ...args) {
    const inherited = Reflect.get(Object.getPrototypeOf(prototype) as object, key) as Method;
    return inherited.apply(this, args);
  };
  copyDecorations(method, call);
  return call;
}
