/** Injects the options, checked and with every default filled in: `ResolvedOptions`. @publicApi */
export const FAST_COUNTER_OPTIONS = Symbol('FAST_COUNTER_OPTIONS');

/** Injects the cache-manager `Cache` by whose first store the module finds Redis. @publicApi */
export const FAST_COUNTER_CACHE_MANAGER = Symbol('FAST_COUNTER_CACHE_MANAGER');

/** Injects the `CounterCache`: pending counts and the state of the partitions, in Redis or in this process. @publicApi */
export const COUNTER_CACHE = Symbol('COUNTER_CACHE');

/** Injects the `CounterStore`: rows of counters and of the ledger, in the database. @publicApi */
export const COUNTER_STORE = Symbol('COUNTER_STORE');

/** Injects the `PersistQueue`: tells workers that a partition has counts to persist. @publicApi */
export const PERSIST_QUEUE = Symbol('PERSIST_QUEUE');

/** Where the shared state is: in Redis or in this process. Not for users. */
export const CACHE_SOURCE = Symbol('CACHE_SOURCE');
/** How the queues are made. Not for users. */
export const BULL_SETTINGS = Symbol('BULL_SETTINGS');
