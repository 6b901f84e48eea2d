import { CacheUnavailableError } from '../../errors.js';
import type { Batch, ClaimAnswer } from '../counter-cache.js';
import type { ScriptClient } from './clients/script-client.js';

/** How long a claim waits by default, in milliseconds. */
export const DURABLE_TIMEOUT = 1000;

/**
 * Where Redis must have written a claim, a batch that a worker takes, before the worker persists it. By default, a Redis that
 * fails over to a lagging replica can forget a claim that was persisted: nothing is counted twice then, but counts that may
 * be in the database already are parked. With durable claims, such a failover loses increments only, and parks nothing.
 *
 * @publicApi
 */
export interface DurableClaims {
  /** How many replicas must have the claim (`WAIT`). 0 to 10. @default 0 */
  replicas?: number | undefined;
  /** Whether the append-only file of the server must have the claim (`WAITAOF`, Redis 7.2 or later). @default false */
  disk?: boolean | undefined;
  /**
   * Milliseconds to wait for replicas and disk; then the claim is tried again. 10 to 60 000, and less than `commandTimeout`.
   *
   * @default 1_000
   */
  timeout?: number | undefined;
}

/**
 * Claims over connections of their own, one a partition, made when its first claim comes: a server answers nothing
 * on a connection that waits for replicas, so increments and the claims of other partitions must not be behind one.
 */
export class DurableConnections {
  private readonly connections = new Map<number, Connection>();

  constructor(
    readonly settings: DurableClaims,
    private readonly connect: () => ScriptClient,
  ) {}

  /** Rejects when the claim is not where it must be in time. One claim of a partition after the other. */
  claim(
    partition: number,
    key: string,
    claim: (client: ScriptClient) => Promise<ClaimAnswer>,
    /** Lets others have the batch. */
    giveUp: (batch: Batch) => Promise<void>,
  ): Promise<ClaimAnswer> {
    const connection = this.connectionOf(partition);
    const { client } = connection;
    const answer = connection.last.then(async () => {
      const claimed = await claim(client);
      if (claimed.status !== 'batch') return claimed;
      try {
        await confirm(client, key, this.settings);
        return claimed;
      } catch (error) {
        // not told, they wait until the hold runs out
        giveUp(claimed.batch).catch(() => undefined);
        throw error;
      }
    });
    connection.last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    for (const { client } of this.connections.values()) client.close();
  }

  private connectionOf(partition: number): Connection {
    let connection = this.connections.get(partition);
    if (connection === undefined) {
      connection = { client: this.connect(), last: Promise.resolve() };
      this.connections.set(partition, connection);
    }
    return connection;
  }
}

interface Connection {
  client: ScriptClient;
  /** Never rejects. */
  last: Promise<unknown>;
}

/** Whether anything is asked of claims. */
export const mustBeDurable = ({ replicas = 0, disk = false }: DurableClaims): boolean =>
  replicas > 0 || disk;

/** Resolves when all that this connection wrote is where it must be; rejects when that is not so in time. */
async function confirm(
  client: ScriptClient,
  key: string,
  { replicas = 0, disk = false, timeout = DURABLE_TIMEOUT }: DurableClaims,
): Promise<void> {
  const command = disk
    ? ['WAITAOF', '1', String(replicas), String(timeout)]
    : ['WAIT', String(replicas), String(timeout)];
  // both answer on time-out too, with how many there were
  const answer = await client.command(key, command);
  const [onDisk, onReplicas] = (disk ? answer : [0, answer]) as [number, number];
  if (onReplicas >= replicas && (!disk || onDisk >= 1)) return;
  throw new CacheUnavailableError(
    `A batch is not durable in Redis, as option durableClaims wants it: within ${timeout} ms it was on ${onReplicas} of ` +
      `${replicas} replicas${disk ? ` and ${onDisk >= 1 ? 'on' : 'not on'} disk` : ''}`,
  );
}
