/** Requests whose handler counts under a key that comes with them. */
const repeatable = new WeakSet<object>();

export function markRepeatable(request: object): void {
  repeatable.add(request);
}

/** Whether the request may be sent again after any error: what was counted is not counted twice. */
export const isRepeatable = (request: object): boolean => repeatable.has(request);
