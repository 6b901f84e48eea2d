/**
 * Symbols of the registry: the ES modules and the CommonJS of this package have the same tokens, where a process loads both.
 */

/** Injects the options, checked and with every default filled in: `ResolvedOptions`. @publicApi */
export const FAST_COUNTER_OPTIONS = Symbol.for('nestjs-fastcounter:FAST_COUNTER_OPTIONS');

/** Injects the cache-manager `Cache` by whose first store the module finds Redis. @publicApi */
export const FAST_COUNTER_CACHE_MANAGER = Symbol.for(
  'nestjs-fastcounter:FAST_COUNTER_CACHE_MANAGER',
);

/** Injects the `CounterCache`: pending counts and the state of the partitions, in Redis or in this process. @publicApi */
export const COUNTER_CACHE = Symbol.for('nestjs-fastcounter:COUNTER_CACHE');

/** Injects the `CounterStore`: rows of counters and of the ledger, in the database. @publicApi */
export const COUNTER_STORE = Symbol.for('nestjs-fastcounter:COUNTER_STORE');

/** Injects the `PersistQueue`: tells workers that a partition has counts to persist. @publicApi */
export const PERSIST_QUEUE = Symbol.for('nestjs-fastcounter:PERSIST_QUEUE');

/** Where the shared state is: in Redis or in this process. Not for users. */
export const CACHE_SOURCE = Symbol.for('nestjs-fastcounter:CACHE_SOURCE');
/** The name of the module; '' of the one without a name. Not for users. */
export const MODULE_NAME = Symbol.for('nestjs-fastcounter:MODULE_NAME');
/** How the queues are made. Not for users. */
export const QUEUE_SETTINGS = Symbol.for('nestjs-fastcounter:QUEUE_SETTINGS');
/** The queues. Not for users. */
export const QUEUES = Symbol.for('nestjs-fastcounter:QUEUES');
