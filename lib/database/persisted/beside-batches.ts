import type { OnPersisted } from './on-persisted.js';

/** What is done in the transaction of each batch, beside the rows of counters. */
export interface BesideBatches {
  /** Called in it. */
  onPersisted?: OnPersisted | undefined;
  /** Milliseconds for which it is kept what a batch changed; 0 keeps nothing. */
  keepChanges?: number | undefined;
}
