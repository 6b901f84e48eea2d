import type { ExecutionContext } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CounterDelta } from '../../input/counter.types.js';
import type { CountWindow } from '../../words/bucket-name.js';
import type { DimensionValue } from '../service/dimensions.js';

/** Any method: the bound of the type parameter of `@CountCalls()`. @publicApi */
export type CountableMethod = (...args: never[]) => unknown;
/** A method whose parameters and answer are unknown: the default of that type parameter. @publicApi */
export type UnknownMethod = (...args: unknown[]) => unknown;

/** Type of what a method answers in the end: the value of a promise, or the last value of an Observable. @publicApi */
export type AnswerOf<Result> = Result extends Observable<infer Value> ? Value : Awaited<Result>;

/**
 * How a call ended. `cancelled`: its Observable was unsubscribed before the first value. An Observable that is
 * unsubscribed later is a success.
 *
 * @publicApi
 */
export type CallOutcome = 'success' | 'error' | 'cancelled';

/** A call that has ended, as the options of `@CountCalls()` see it. @publicApi */
export interface CountedCall<Method extends CountableMethod = UnknownMethod> {
  /** The class of the object; of an inherited method, the class that inherits it. */
  readonly className: string;
  /** Name of the method. */
  readonly method: string;
  /** The arguments of the call. */
  readonly args: Parameters<Method>;
  /** How the call ended. */
  readonly outcome: CallOutcome;
  /** What the method returned, resolved with, or emitted last; absent unless the outcome is `success`. */
  readonly result?: AnswerOf<ReturnType<Method>>;
  /** What the method threw or rejected with; absent unless the outcome is `error`. */
  readonly error?: unknown;
  /** The context of the request, message or GraphQL query for which Nest made the call; absent for any other call. */
  readonly context?: ExecutionContext;
}

/**
 * Options of `@CountCalls()`. Functions among them are called when the decorated method has ended. What a function throws, or
 * a wrong value that it answers, is the event `rejected`: the call is not counted.
 *
 * @publicApi
 */
export interface CountCallsOptions<Method extends CountableMethod = UnknownMethod> {
  /**
   * The counter: a name, a template such as `'views:{args.0}'`, or a function of the call.
   *
   * @default '{class}.{method}'
   */
  name?: string | ((call: CountedCall<Method>) => string) | undefined;
  /** How much a call adds: a whole number; negative counts down, and 0 from a function counts nothing. @default 1 */
  delta?: CounterDelta | ((call: CountedCall<Method>) => CounterDelta) | undefined;
  /** The outcome with which calls count, or a function that tells whether a call counts. @default 'success' */
  on?: 'success' | 'error' | 'always' | ((call: CountedCall<Method>) => boolean) | undefined;
  /** A further condition: whether a call with that outcome counts. @default none */
  when?: ((call: CountedCall<Method>) => boolean) | undefined;
  /**
   * What the count is broken down by, as by `MeteringService.record()`: by the name of a dimension a template, or a function
   * that answers the value for a call.
   *
   * @default none
   */
  dimensions?:
    Readonly<Record<string, string | ((call: CountedCall<Method>) => DimensionValue)>> | undefined;
  /**
   * The combinations of dimensions that have a counter, besides the total.
   *
   * @default every combination
   */
  combinations?: readonly (readonly string[])[] | undefined;
  /**
   * The key under which a call counts once within the time of `within`: a template such as `'{request.ip}'`, or a function of
   * the call. 1 to 1000 characters. Redis keeps a digest of it, for each counter.
   *
   * @default none: every call counts
   */
  once?: string | ((call: CountedCall<Method>) => string) | undefined;
  /**
   * Milliseconds from a counted call on in which its key counts no further one, as in `incrOnce()`. 1 to 34 560 000 000.
   *
   * @default none: `once` needs it
   */
  within?: number | undefined;
  /** Windows in which to count too, besides those that the option `windows.counters` names for the counter. @default none */
  windows?: readonly CountWindow[] | undefined;
  /**
   * Milliseconds within which the increment reaches the database, as in `incr()`. 0 to 604 800 000.
   *
   * @default the module's `updateInterval`
   */
  updateInterval?: number | undefined;
}
