import { isObservable, type Observable, type Observer, type Subscription, tap } from 'rxjs';
import type { CallOutcome } from './count-calls.types.js';

/** Takes how a call ended, with what it answered or threw. Called once for each call; does not throw. */
export type Ended = (outcome: CallOutcome, value: unknown) => void;

/**
 * Tells how the call ended. Answers what the method returned, or a promise or Observable in its place.
 *
 * For a promise, the answer is the one that `then()` makes. A `then()` on the side would make the promise count as handled where
 * the caller does not handle it, and errors would lose the asynchronous part of their stack.
 */
export function watchResult(result: unknown, ended: Ended): unknown {
  if (typeof result === 'object' && result !== null) {
    if (isPlainPromise(result)) {
      return result.then(
        // an Observable that the promise resolves with has not ended yet
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

/** Whether this is a promise of JavaScript. A query that runs when its `then()` is called is none: the caller runs it. */
const isPlainPromise = (value: object): value is Promise<unknown> =>
  value instanceof Promise && value.then === Promise.prototype.then;

/**
 * The same Observable with another `subscribe()`, so that methods which its class adds stay. The call ends when the
 * first subscription ends.
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
        // a subscriber that leaves after a value, as by first(), has what it asked for
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
