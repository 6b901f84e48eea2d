/** The namespaces in the rows of a store. */
export interface Namespaces {
  counters: string;
  /**
   * In rows of the ledger. An embedded process has ledger rows of its own, as its batches have numbers of their own.
   */
  ledger: string;
}

/** Separates namespace and process; the option `namespace` must not hold it. */
const OF_PROCESS = '@';

/** Namespaces of a process with Redis; with the id `embedded`, of an embedded process. */
export const namespacesOf = (counters: string, embedded?: string): Namespaces => ({
  counters,
  ledger: embedded === undefined ? counters : `${embeddedPrefix(counters)}${embedded}`,
});

/** Ledgers of embedded processes of a namespace begin with it. */
export const embeddedPrefix = (counters: string): string => `${counters}${OF_PROCESS}`;

/**
 * Where the names of these begin and end, as a range of the primary key: "A" follows "@" byte for byte, and no namespace has an
 * "@" of its own.
 */
export const embeddedRange = (counters: string): [string, string] => [
  embeddedPrefix(counters),
  `${counters}A`,
];

/** Whether the ledger is one of an embedded process. */
export const isEmbedded = ({ counters, ledger }: Namespaces): boolean => ledger !== counters;
