/** The tables that each version of the schema adds, as the entities name them: `fast_counter`, and this behind it. */
const ADDED = [
  ['', '_bucket', '_ledger'],
  ['_change', '_closed', '_closing', '_correction', '_import', '_late', '_outbox'],
] as const;

/** The tables of a version of the schema, in the order of their names. */
export const tablesOf = (table = 'fast_counter', version: number = ADDED.length): string[] =>
  ADDED.slice(0, version)
    .flat()
    .map((each) => `${table}${each}`)
    .sort();
