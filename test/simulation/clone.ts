import { DueTimes } from '../../lib/cache/memory/state/due-times.js';

/** A copy that shares nothing with the original: Maps, Sets and plain objects all the way down. */
export function clone<Value>(value: Value): Value {
  return cloneAny(value) as Value;
}

function cloneAny(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof DueTimes) {
    const copy = new DueTimes();
    for (const name of value.names()) copy.put(name, value.get(name) ?? 0);
    return copy;
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]): [unknown, unknown] => [key, cloneAny(item)]));
  }
  if (value instanceof Set) return new Set(value);
  if (Array.isArray(value)) return value.map(cloneAny);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cloneAny(item)]));
}
