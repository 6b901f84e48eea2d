import { createHash, randomUUID } from 'node:crypto';
import type { StoreProblem } from '../../cache/counter-cache.js';
import { inspectRole } from '../../cache/redis/fitness/inspect-server.js';
import { failureOf } from '../../cache/redis/clients/failure.js';
import { leaveIoRedis } from '../../cache/redis/clients/leave-io-redis.js';
import { findRefusal } from '../../cache/redis/fitness/trial.js';
import { rememberRefusal } from '../../cache/redis/fitness/refusal.js';
import type { Script } from '../../cache/redis/scripts/scripts.js';
import { CacheUnavailableError } from '../../errors.js';
import { within } from '../../words/within.js';
import type { QueueClient, QueueClients } from './queue-clients.js';
import { serverError } from './server-error.js';

/** What a driver does with its queues. */
export interface DriverTrial {
  /** Of the steps: where one is refused, its line names the command. */
  readonly script: Script;
  /** Takes each step once on keys of its own, with `id` in their names, and removes them. */
  take(client: QueueClient, id: string): Promise<void>;
}

/** The script of a trial, as its refusals are told. */
export const trialScript = (source: string): Script => ({
  ...{ name: 'queues', source },
  digest: createHash('sha1').update(source).digest('hex'),
});

/** Runs the script of a trial and what follows it for each queue, on keys of those kinds, which are removed. */
export async function onOwnKeys(
  client: QueueClient,
  queues: readonly { toKey(part: string): string }[],
  { id, kinds, script }: { id: string; kinds: readonly string[]; script: Script },
  further: (keys: readonly string[]) => Promise<void>,
): Promise<void> {
  await Promise.all(
    queues.map(async (queue) => {
      const keys = kinds.map((kind) => queue.toKey(`${id}-${kind}`));
      try {
        await client.eval(script.source, keys.length, ...keys);
        await client.evalsha(script.digest, keys.length, ...keys);
        await further(keys);
      } finally {
        await client.del(...keys).catch(() => undefined);
      }
    }),
  );
}

/**
 * Tries once what the driver does, over a connection of its own, on keys that are removed: a Redis that will never do it is then
 * found by name, where each job would fail.
 */
export class QueueTrial {
  private readonly open = new Set<QueueClient>();
  private closed = false;

  constructor(
    private readonly clients: QueueClients,
    private readonly driver: DriverTrial,
    /** Milliseconds that all of it may take. */
    private readonly timeout: number,
  ) {}

  /** What the server refuses for good. Rejects with `CacheUnavailableError` where it does not answer, or not now. */
  look(): Promise<StoreProblem[]> {
    return findRefusal(async () => {
      const client = this.clients.once(this.timeout);
      this.open.add(client);
      let last: unknown;
      client.on('error', (error: unknown) => (last = serverError(error)));
      const looking = this.lookOver(client);
      try {
        if (!this.closed && (await within(this.timeout, looking))) return await looking;
      } catch (error) {
        throw this.unavailable(serverError(error), last);
      } finally {
        this.open.delete(client);
        leaveIoRedis(client);
        looking.catch(() => undefined);
      }
      throw new CacheUnavailableError(
        `The Redis of the queues did not answer within ${this.timeout} ms`,
      );
    });
  }

  /** Drops the connection of a trial that is under way. */
  close(): void {
    this.closed = true;
    for (const client of this.open) leaveIoRedis(client);
  }

  private async lookOver(client: QueueClient): Promise<StoreProblem[]> {
    await client.connect();
    if (!this.clients.findServers) {
      const found = inspectRole(await infoOf(client));
      if (found.length > 0) return found;
    }
    await this.driver.take(client, `trial-${randomUUID()}`);
    return [];
  }

  private unavailable(error: unknown, last: unknown): CacheUnavailableError {
    // a client that gives up says no more than that: its events said why
    const cause = isReply(error) ? error : (last ?? error);
    const message = `The Redis of the queues did not take a trial: ${failureOf(cause)}`;
    const unavailable = new CacheUnavailableError(message, { cause });
    rememberRefusal(unavailable, cause, this.driver.script, this.clients.findServers);
    return unavailable;
  }
}

/** Empty where this user may not ask. */
const infoOf = async (client: QueueClient): Promise<string> => {
  try {
    return await client.info();
  } catch (error) {
    if (isReply(error)) return '';
    throw error;
  }
};

const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
