import { isObservable, type Observable, type Observer, type Subscription, tap } from 'rxjs';
import type { CallOutcome } from '../rules/count-calls.types.js';

/** Told once how a call ended, with what it answered or threw. Does not throw. */
export type Ended = (outcome: CallOutcome, value: unknown) => void;

/**
 * Answers what the method returned, or what takes its place, and tells how the call ended.
 *
 * A promise is passed on as `then()` makes it: watched on the side, it would count as handled when
 * nobody handles it, and errors would lose the asynchronous part of their stack.
 */
export function watchResult(result: unknown, ended: Ended): unknown {
  if (typeof result === 'object' && result !== null) {
    if (isPlainPromise(result)) {
      return result.then(
        // an Observable that was awaited for has not ended yet
        (value) => watchResult(value, ended),
        (error: unknown) => {
          ended('error', error);
          throw error;
        },
      );
    }
    if (isObservable(result)) return watchObservable(result, ended);
  }
  ended('success', result);
  return result;
}

/** Not a query that is run by its `then()`: that is for the caller to do. */
const isPlainPromise = (value: object): value is Promise<unknown> =>
  value instanceof Promise && value.then === Promise.prototype.then;

/**
 * The same object with another `subscribe()`: what its class adds stays. The first subscription to
 * end is the end of the call.
 */
function watchObservable(observable: Observable<unknown>, ended: Ended): Observable<unknown> {
  let over = false;
  const end: Ended = (outcome, value) => {
    if (over) return;
    over = true;
    ended(outcome, value);
  };
  const watched = (): Observable<unknown> => {
    let emitted = false;
    let last: unknown;
    return observable.pipe(
      tap({
        next: (value) => {
          emitted = true;
          last = value;
        },
        complete: () => end('success', last),
        error: (error) => end('error', error),
        // who takes the first value and leaves has what he came for
        unsubscribe: () => end(emitted ? 'success' : 'cancelled', last),
      }),
    );
  };
  const subscribe = (first?: unknown, error?: unknown, complete?: unknown): Subscription => {
    const isObserver = typeof first === 'object' && first !== null;
    const observer: Partial<Observer<unknown>> = isObserver
      ? first
      : ({ next: first, error, complete } as object);
    return (over ? observable : watched()).subscribe(observer);
  };
  return new Proxy(observable, {
    get: (target, key, receiver): unknown =>
      key === 'subscribe' ? subscribe : Reflect.get(target, key, receiver),
  });
}
