import type { ExecutionContext } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CounterDelta } from '../../input/counter.types.js';
import type { CountWindow } from '../../windows/windows.js';
import type { DimensionValue } from '../service/dimensions.js';

/** Any method at all. @publicApi */
export type CountableMethod = (...args: never[]) => unknown;
/** A method of which nothing is known. @publicApi */
export type UnknownMethod = (...args: unknown[]) => unknown;

/** What a method answers in the end: the value of a promise, the last one of an Observable. @publicApi */
export type AnswerOf<Result> = Result extends Observable<infer Value> ? Value : Awaited<Result>;

/**
 * How a call ended. `cancelled`: its Observable was unsubscribed before the first value; one that is
 * unsubscribed later is a success.
 *
 * @publicApi
 */
export type CallOutcome = 'success' | 'error' | 'cancelled';

/** A call that has ended, as the options of `@CountCalls()` see it. @publicApi */
export interface CountedCall<Method extends CountableMethod = UnknownMethod> {
  /** The class of the object; of an inherited method, the class that inherits it. */
  readonly className: string;
  readonly method: string;
  readonly args: Parameters<Method>;
  readonly outcome: CallOutcome;
  /** What it returned, resolved with, or emitted last. */
  readonly result?: AnswerOf<ReturnType<Method>>;
  /** What it threw. */
  readonly error?: unknown;
  /** There if Nest made the call for a request, a message or a GraphQL query. */
  readonly context?: ExecutionContext;
}

/**
 * Options of `@CountCalls()`. Functions are called once the call has ended.
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
  /** How much a call counts; 0 counts nothing. @default 1 */
  delta?: CounterDelta | ((call: CountedCall<Method>) => CounterDelta) | undefined;
  /** Which calls count, by their outcome. @default 'success' */
  on?: 'success' | 'error' | 'always' | ((call: CountedCall<Method>) => boolean) | undefined;
  /** Further condition for a call to count. @default none */
  when?: ((call: CountedCall<Method>) => boolean) | undefined;
  /**
   * What the count is broken down by, as `MeteringService.record()` does: by name of the dimension a
   * template or a function of the call.
   *
   * @default none
   */
  dimensions?:
    Readonly<Record<string, string | ((call: CountedCall<Method>) => DimensionValue)>> | undefined;
  /**
   * Which combinations of the dimensions have a counter, beside the total.
   *
   * @default every one
   */
  combinations?: readonly (readonly string[])[] | undefined;
  /** Also kept per minute, hour, day or month of the increment. @default none */
  windows?: readonly CountWindow[] | undefined;
  /**
   * Milliseconds within which the increment reaches the database, as in `incr()`.
   *
   * @default the module's `updateInterval`
   */
  updateInterval?: number | undefined;
}
