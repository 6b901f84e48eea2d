/** Under which names a store keeps its rows. */
export interface Namespaces {
  counters: string;
  /**
   * Of the ledger rows: an embedded process has some of its own, as its batches are numbered apart
   * from those of any other process.
   */
  ledger: string;
}

/** No namespace of an application holds one. */
const OF_PROCESS = '@';

/** Of a process with Redis, or of an embedded process, which has an id. */
export const namespacesOf = (counters: string, embedded?: string): Namespaces => ({
  counters,
  ledger: embedded === undefined ? counters : `${embeddedPrefix(counters)}${embedded}`,
});

/** Ledgers of embedded processes of a namespace begin with it. */
export const embeddedPrefix = (counters: string): string => `${counters}${OF_PROCESS}`;

/** Whether the ledger is one of an embedded process. */
export const isEmbedded = ({ counters, ledger }: Namespaces): boolean => ledger !== counters;
