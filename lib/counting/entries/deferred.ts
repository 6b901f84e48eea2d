/** A promise with its handles; a rejection that nobody awaits does not end the process. */
export interface Deferred<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
}

/** Has somebody told of the value too: also where the promise was rejected before, as of a delay. */
export function telling<Value>(
  deferred: Deferred<Value>,
  told: (value: Value) => void,
): Deferred<Value> {
  const { resolve } = deferred;
  deferred.resolve = (value) => {
    told(value);
    resolve(value);
  };
  return deferred;
}

export function defer<Value>(): Deferred<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return {
    promise,
    resolve,
    reject: (error) => {
      // not when it is made: almost all are fulfilled
      promise.catch(() => undefined);
      reject(error);
    },
  };
}
