const OUTCOMES = { BACKPRESSURE: 'refused', OUTCOME_UNKNOWN: 'unknown' };

/**
 * What became of increments, by kind: every call is entered with the promise that it got. Calls that
 * share a promise are settled together.
 */
export function openBooks() {
  const kinds = new Map();
  const open = new Map();

  function totalsOf(kind) {
    if (!kinds.has(kind)) kinds.set(kind, { calls: 0, acknowledged: 0, refused: 0, unknown: 0 });
    return kinds.get(kind);
  }

  function follow(totals, promise) {
    const entry = { calls: 0 };
    const settle = (outcome) => {
      totals[outcome] = (totals[outcome] ?? 0) + entry.calls;
      open.delete(promise);
    };
    open.set(promise, entry);
    promise.then(
      () => settle('acknowledged'),
      ({ code }) => settle(OUTCOMES[code] ?? String(code)),
    );
    return entry;
  }

  return {
    enter(kind, promise) {
      const totals = totalsOf(kind);
      totals.calls++;
      const entry = open.get(promise) ?? follow(totals, promise);
      entry.calls++;
    },
    read: () => Object.fromEntries([...kinds].map(([kind, totals]) => [kind, { ...totals }])),
    async settled() {
      while (open.size > 0) await Promise.allSettled([...open.keys()]);
    },
  };
}
