import type { CounterCache, Operation } from '../../lib/cache/counter-cache.js';

/** The same port, but for these methods. */
export function except(cache: CounterCache, methods: Partial<CounterCache>): CounterCache {
  return Object.assign(Object.create(cache) as CounterCache, methods);
}

/** The same port, with other operations. */
export function changing(
  cache: CounterCache,
  change: (operation: Operation) => Operation,
): CounterCache {
  return except(cache, {
    add: (partition, request) =>
      cache.add(partition, {
        ...request,
        operations: request.operations.map((it) => change(copyOf(it))),
      }),
  });
}

/** With what it answers by getters. */
function copyOf(operation: Operation): Operation {
  const { kind, name, value, interval, total, idempotencyKey, once, row, buckets, bounds } =
    operation;
  const { isAskedFor } = operation;
  return {
    kind,
    name,
    value,
    interval,
    total,
    idempotencyKey,
    once,
    row,
    buckets,
    bounds,
    isAskedFor,
  };
}
