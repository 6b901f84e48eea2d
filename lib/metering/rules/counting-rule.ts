import { checkDelta, checkIncrementOptions } from '../../input/arguments.js';
import { checkCounterName } from '../../input/counter-name.js';
import type { OnceWithin } from '../../input/once.js';
import type { CounterDelta, IncrementOptions } from '../../input/counter.types.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import { breakdownOf } from './call-breakdown.js';
import type { CountCallsOptions, CountedCall } from './count-calls.types.js';
import { type NamedMethod, parseTemplate } from './name-template.js';
import { onceRule } from './once-rule.js';

interface Measured {
  total: string;
  /** The counters of its dimensions. */
  parts?: readonly string[];
  delta: CounterDelta;
  /** The key under which the call counts once. */
  once?: OnceWithin;
}

/** One `@CountCalls()`: whether a call counts, under which name, how much. */
export interface CountingRule {
  /** Name and delta, if they are the same for every success of a class, and only successes count. */
  readonly fixed?: { readonly name?: string; readonly delta: CounterDelta };
  /**
   * Where every call of a method with this outcome counts: a name, one with placeholders, or the
   * function that answers the name. Absent where not every call counts.
   */
  readonly certain?: {
    readonly counterOf: (method: NamedMethod) => string | NameFunction;
    readonly on: 'success' | 'error' | 'always';
  };
  readonly needsContext: boolean;
  readonly increment: IncrementOptions | undefined;
  /** What a call adds to which counters; throws what its options throw, or for what they answer. */
  measure(call: CountedCall): Measured | undefined;
}

const KEYS = new Set([
  ...['name', 'delta', 'on', 'when'],
  ...['dimensions', 'combinations', 'once', 'within', 'windows', 'updateInterval'],
]);
const OUTCOMES = new Set<unknown>(['success', 'error', 'always']);

/** Options are wrong when the class is defined, not when it is called. */
export function countingRule(options: CountCallsOptions = {}): CountingRule {
  check(options);
  const { name, delta = 1, on = 'success', when, updateInterval, windows } = options;
  const template = typeof name === 'string' ? parseTemplate(name) : undefined;
  if (template?.constant !== undefined) checkCounterName(template.constant);
  if (typeof delta !== 'function') checkDelta(delta);
  const breakdown = breakdownOf(template?.constant, options);
  const once = onceRule(options);

  const nameOf = typeof name === 'function' ? name : (template?.render ?? defaultName);
  const increment =
    updateInterval === undefined && windows === undefined ? undefined : { updateInterval, windows };
  const isFixed =
    on === 'success' &&
    when === undefined &&
    breakdown === undefined &&
    once === undefined &&
    typeof delta !== 'function' &&
    (name === undefined || template?.constant !== undefined);
  const counterOf =
    typeof name === 'function' ? () => name : (template ?? parseTemplate(DEFAULT_NAME)).of;
  return {
    certain: when === undefined && typeof on !== 'function' ? { counterOf, on } : undefined,
    fixed: isFixed ? { name: template?.constant, delta } : undefined,
    needsContext:
      template?.needsContext === true ||
      breakdown?.needsContext === true ||
      once?.needsContext === true ||
      [name, delta, on, when].some((option) => typeof option === 'function'),
    increment,
    measure(call) {
      const counts = typeof on === 'function' ? on(call) : on === 'always' || on === call.outcome;
      if (!isTrue(counts, 'on') || (when !== undefined && !isTrue(when(call), 'when'))) {
        return undefined;
      }
      const amount = typeof delta === 'function' ? delta(call) : delta;
      if (amount === 0 || amount === 0n) return undefined;
      // undefined would be taken for the default
      checkDelta(amount);
      const total = nameOf(call);
      const parts = breakdown?.parts(total, call);
      return { total, parts, delta: amount, once: once?.keyOf(call) };
    },
  };
}

type NameFunction = (call: CountedCall) => string;

const DEFAULT_NAME = '{class}.{method}';
const defaultName = ({ className, method }: CountedCall): string => `${className}.${method}`;

// a promise would be true whatever it resolves with
function isTrue(answer: unknown, option: string): boolean {
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`option "${option}" must answer true or false, not ${quote(answer)}`);
}

function check(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionsError(
      `The options of @CountCalls() must be an object, not ${quote(options)}`,
    );
  }
  for (const [key, value] of Object.entries(options)) {
    if (!KEYS.has(key)) throw wrong(key, value, `is not one of ${[...KEYS].join(', ')}`);
  }
  const { name, on, when, updateInterval, windows } = options as Record<string, unknown>;
  if (name !== undefined && typeof name !== 'string' && typeof name !== 'function') {
    throw wrong('name', name, 'must be a string or a function');
  }
  if (on !== undefined && typeof on !== 'function' && !OUTCOMES.has(on)) {
    throw wrong('on', on, "must be 'success', 'error', 'always' or a function");
  }
  if (when !== undefined && typeof when !== 'function') {
    throw wrong('when', when, 'must be a function');
  }
  checkIncrementOptions({ updateInterval, windows }, '@CountCalls()');
}

const wrong = (key: string, value: unknown, must: string): InvalidOptionsError =>
  new InvalidOptionsError(`Option "${key}" of @CountCalls() (given: ${quote(value)}) ${must}`);

/** Two rules of one method that would count a call twice in one counter are a mistake. */
export function checkDistinct(
  rules: readonly CountingRule[],
  added: CountingRule,
  method: NamedMethod,
): void {
  const { certain } = added;
  if (certain === undefined) return;
  const counter = certain.counterOf(method);
  for (const { certain: other } of rules) {
    if (other?.counterOf(method) !== counter) continue;
    if (other.on !== certain.on && other.on !== 'always' && certain.on !== 'always') continue;
    throw new InvalidOptionsError(
      `Two @CountCalls() of ${method.className}.${method.method}() count its calls in ${quote(counter)}: that would count each twice. Give them names of their own, or one of them all dimensions`,
    );
  }
}
