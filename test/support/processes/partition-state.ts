import type { RedisClient, World } from './world.js';

/** Where the batches of a partition are. */
export interface PartitionState {
  /** Seq of the last batch that was claimed. */
  fence: number;
  /** Seq of the claimed batch that is not acknowledged. */
  open: number | undefined;
  /** Seq of the last batch that the database has. */
  ledger: number;
}

/** Redis and database as they are, past the package. */
export async function partitionState(
  world: World,
  redis: RedisClient,
  partition: number,
): Promise<PartitionState> {
  const key = (part: string): string => `fastcounter:{${world.namespace}:${partition}}::${part}`;
  const fence = await redis.hGet(key('state'), 'fence');
  const open = await redis.hGet(key('batch'), ' seq');
  const [row] = await world.query<{ seq: string }>(
    'SELECT seq FROM fast_counter_ledger WHERE namespace = $1 AND partition = $2',
    [world.namespace, partition],
  );
  return {
    fence: Number(fence ?? 0),
    open: open === null ? undefined : Number(open),
    ledger: Number(row?.seq ?? 0),
  };
}
