import { CacheUnavailableError } from '../../errors.js';
import type { ScriptClient } from './script-client.js';

/**
 * What must have a claim before the database sees it. Without, a Redis that fails over to a lagging
 * replica can forget a claim that was persisted; nothing is counted twice then, but what cannot be told
 * apart is parked. With, such a Redis is behind by increments alone.
 *
 * @publicApi
 */
export interface DurableClaims {
  /** So many replicas (`WAIT`). 0 to 10. @default 0 */
  replicas?: number;
  /** The server's own disk, by its append-only file (`WAITAOF`, Redis 7.2 or later). @default false */
  disk?: boolean;
  /** How long to wait for them, in milliseconds; then the claim is tried again. @default 1_000 */
  timeout?: number;
}

/** Resolves when all that this connection wrote is where it must be; rejects when that is not so in time. */
export async function confirmDurable(
  client: ScriptClient,
  key: string,
  { replicas = 0, disk = false, timeout = 1000 }: DurableClaims,
): Promise<void> {
  if (replicas === 0 && !disk) return;
  const command = disk
    ? ['WAITAOF', '1', String(replicas), String(timeout)]
    : ['WAIT', String(replicas), String(timeout)];
  // both answer on time-out too, with how many there were
  const answer = await client.command(key, command);
  const [onDisk, onReplicas] = (disk ? answer : [0, answer]) as [number, number];
  if (onReplicas >= replicas && (!disk || onDisk >= 1)) return;
  throw new CacheUnavailableError(
    `A claim is not durable: within ${timeout} ms it was on ${onReplicas} of ${replicas} replicas` +
      (disk ? ` and ${onDisk >= 1 ? 'on' : 'not on'} disk` : ''),
  );
}
