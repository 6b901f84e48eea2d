import { deliver, type Delivered } from '../context/context-delivery.js';
import { meterOf } from '../meter/bind-meter.js';
import type { CallMeter } from '../meter/call-meter.js';
import type { CallOutcome, CountedCall } from '../rules/count-calls.types.js';
import type { CountingRule } from '../rules/counting-rule.js';
import type { NamedMethod } from '../rules/name-template.js';
import { counts, markCountedMethod, type Method } from '../rules/declarations.js';
import { type Ended, watchResult } from '../rules/watch-result.js';

/** What is known of a method of one class of objects. */
interface ClassFacts {
  className: string;
  counts: boolean;
  needsContext: boolean;
  /** Names by rule, where all rules are fixed. */
  fixed?: readonly { name: string; rule: CountingRule }[];
}

/**
 * A method in the place of `original` that counts its calls by `rules`. Whatever fails in counting,
 * the call does not.
 *
 * @param home the prototype that the decorated method was declared on
 */
export function countedMethod(
  home: object,
  key: PropertyKey,
  original: Method,
  rules: CountingRule[],
): Method {
  const { method } = nameOf(home, key);
  const known = new WeakMap<object, ClassFacts>();
  // nearly always the one of the last call
  let last: object | undefined;
  let ofLast: ClassFacts | undefined;
  const knownOf = (prototype: object): ClassFacts => {
    if (prototype === last && ofLast !== undefined) return ofLast;
    const ofClass = known.get(prototype) ?? factsOf(prototype, home, key, method, rules);
    known.set(prototype, ofClass);
    last = prototype;
    ofLast = ofClass;
    return ofClass;
  };

  const counted: Method = function (this: unknown, ...given) {
    const prototype = prototypeOf(this);
    if (prototype === undefined) return original.apply(this, given);
    const ofClass = knownOf(prototype);
    const { fixed } = ofClass;
    if (fixed !== undefined) {
      const result = original.apply(this, given);
      const meter = meterOf(this);
      if (!meter?.connected || !ofClass.counts) return result;
      if (typeof result !== 'object' || result === null) {
        countFixed(fixed, meter);
        return result;
      }
      return watchResult(result, (outcome) => {
        if (outcome === 'success') countFixed(fixed, meter);
      });
    }

    const { args, context }: Delivered = ofClass.needsContext
      ? deliver(prototype, key, given)
      : { args: given };
    const meter = meterOf(this);
    if (!meter?.connected || !ofClass.counts) return original.apply(this, args);
    const { className } = ofClass;
    const ended: Ended = (outcome, value) => {
      const call = { className, method, args, context, outcome, ...answer(outcome, value) };
      count(rules, call, meter);
    };
    let result: unknown;
    try {
      result = original.apply(this, args);
    } catch (error) {
      ended('error', error);
      throw error;
    }
    return watchResult(result, ended);
  };
  copyDecorations(original, counted);
  markCountedMethod(counted, home, rules);
  return counted;
}

function factsOf(
  prototype: object,
  home: object,
  key: PropertyKey,
  method: string,
  rules: readonly CountingRule[],
): ClassFacts {
  const { className } = nameOf(prototype, key);
  const fixed = rules.flatMap((rule) =>
    rule.fixed === undefined ? [] : [{ name: rule.fixed.name ?? `${className}.${method}`, rule }],
  );
  return {
    className,
    counts: counts(prototype, home, key),
    needsContext: rules.some(({ needsContext }) => needsContext),
    fixed: fixed.length === rules.length ? fixed : undefined,
  };
}

/** Class and method as the calls of objects of this prototype have them. */
export function nameOf(prototype: object, key: PropertyKey): NamedMethod {
  const { constructor } = prototype as { constructor?: { name: string } };
  const method = typeof key === 'symbol' ? (key.description ?? '') : String(key);
  return { className: constructor?.name ?? '', method };
}

function countFixed(fixed: NonNullable<ClassFacts['fixed']>, meter: CallMeter): void {
  for (const { name, rule } of fixed) {
    try {
      meter.count(name, rule.fixed?.delta ?? 1, rule.increment);
    } catch (error) {
      meter.failed(name, error);
    }
  }
}

function count(rules: readonly CountingRule[], call: CountedCall, meter: CallMeter): void {
  for (const rule of rules) {
    try {
      const measured = rule.measure(call);
      if (measured === undefined) continue;
      const { total, parts, delta, once } = measured;
      if (once !== undefined) {
        meter.countOnce([total, ...(parts ?? [])], once, delta, rule.increment);
      } else if (parts === undefined) meter.count(total, delta, rule.increment);
      else meter.countAll([total, ...parts], delta, rule.increment);
    } catch (error) {
      meter.failed(`${call.className}.${call.method}`, error);
    }
  }
}

const answer = (
  outcome: CallOutcome,
  value: unknown,
): Pick<CountedCall, 'result'> | Pick<CountedCall, 'error'> =>
  outcome === 'error' ? { error: value } : { result: value };

function prototypeOf(instance: unknown): object | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  return (Object.getPrototypeOf(instance) as object | null) ?? undefined;
}

/** Copies name, number of parameters, metadata and whatever else decorators left on a method to another one. */
export function copyDecorations(from: Method, to: Method): void {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
    if (key !== 'prototype') Object.defineProperty(to, key, descriptor);
  }
  for (const key of Object.getOwnPropertySymbols(from)) {
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) ?? {});
  }
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
