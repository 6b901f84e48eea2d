/** A step of a ledger: a batch, or the setting up of its partition, which changes no counter. */
export interface LoggedStep {
  /** Seq of the ledger before it. */
  since: number;
  /** Seq of the ledger after it. */
  seq: number;
  /** Names of counters and buckets that it may have changed. */
  names: readonly string[];
}

/** A ledger row: those of a partition, and those of embedded processes. */
export interface LedgerKey {
  /** Its namespace. */
  ledger: string;
  /** Its partition. */
  partition: number;
}

/** How far a ledger has come. */
export interface LedgerHead extends LedgerKey {
  /** Seq of its last batch; 0 before the first. */
  seq: number;
}

/** Which steps to read: up to one that was committed when it was asked for. */
export interface StepQuery extends LedgerKey {
  /** Only those behind this seq. */
  after: number;
  /** Only those up to this seq. */
  upTo: number;
  /** Steps at most. */
  limit: number;
}

/**
 * What batches changed. A batch and its step are one transaction, under the lock of the ledger row: so steps of a ledger are committed in
 * the order of their seq, and one that is there has all before it, but for those that are too old to be kept, and those of processes
 * without this log. `since` tells both. Methods throw as those of `CounterStore` do.
 */
export interface ChangeLog {
  /** Where all ledgers of the namespace are, also those of embedded processes that have ended, while steps of them are kept. */
  heads(): Promise<LedgerHead[]>;
  /** Steps of a ledger, in the order of their seq. */
  steps(query: StepQuery): Promise<LoggedStep[]>;
}

/** The step of a partition that is set up. */
export const setUpFrom = (since: number): LoggedStep => ({ since, seq: since + 1, names: [] });

/** As ASCII, which no character set of a connection changes. */
export const namesText = (names: readonly string[]): string =>
  JSON.stringify(names).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
