/** The checked options, every default filled in. @publicApi */
export const FAST_COUNTER_OPTIONS = Symbol('FAST_COUNTER_OPTIONS');

/** The cache-manager `Cache` whose store is used. @publicApi */
export const FAST_COUNTER_CACHE_MANAGER = Symbol('FAST_COUNTER_CACHE_MANAGER');

/** The `CounterCache`: shared state of the partitions. @publicApi */
export const COUNTER_CACHE = Symbol('COUNTER_CACHE');

/** The `CounterStore`: rows and ledger. @publicApi */
export const COUNTER_STORE = Symbol('COUNTER_STORE');

/** The `PersistQueue`: carries the news that a partition has something due. @publicApi */
export const PERSIST_QUEUE = Symbol('PERSIST_QUEUE');

export const CACHE_SOURCE = Symbol('CACHE_SOURCE');
export const BULL_SETTINGS = Symbol('BULL_SETTINGS');
