/** The order in which `_partition.lua` takes them. */
const KEYS = [
  'state',
  'pending',
  'due',
  'batch',
  'clients',
  'deleted',
  'idempotency',
  'idempotency-due',
  'large',
  'overflowed',
  'parked',
  'bases',
  'older-bases',
  'refused',
  'workers',
  'expected',
  'moves',
] as const;

/**
 * The Redis keys of one partition, all in one hash slot of a cluster. They contain `::`, so that
 * Keyv's `clear()` without a namespace passes them by, and none is a string.
 */
export function partitionKeys(namespace: string, partition: number, beside = ''): PartitionKeys {
  return KEYS.map(
    (key) => `fastcounter:{${namespace}:${partition}}::${beside}${key}`,
  ) as PartitionKeys;
}

export type PartitionKeys = [string, ...string[]];
