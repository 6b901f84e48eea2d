import type { CacheSource } from '../../cache/cache-source.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import { placeOf } from '../../cache/redis/clients/redis-place.js';
import type { CounterEvents } from '../../events.js';
import type { CounterStore } from '../../database/counter-store.js';
import { databaseServer } from './which-database.js';
import { redisServer } from './which-redis.js';
import { WhichServer } from './which-server.js';

/** The place of a Redis without an address. Two such Redis cannot be told from one that was emptied. */
const UNKNOWN = 'a Redis at an unknown address';

/** Holds a namespace to one Redis and one database, in processes with Redis: each server keeps a note of the other. */
export class Pairing {
  private checking: Promise<void> | undefined;

  constructor(
    private readonly redis: WhichServer,
    private readonly database: WhichServer,
  ) {}

  /** What misconfigurations of these servers are called. */
  get subjects(): readonly string[] {
    return [this.redis.subject, this.database.subject];
  }

  /** Rejects where another Redis, or another database, counts this namespace. */
  async check(): Promise<void> {
    await this.redis.check();
    await this.database.check();
  }

  /**
   * Checks both servers, then notes each in the other one, before a partition is set up. Rejects as `check()` does. Shared by
   * all partitions that are set up at the same time.
   */
  checkAndNote(): Promise<void> {
    this.checking ??= this.checkAndWrite().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private async checkAndWrite(): Promise<void> {
    await this.check();
    await this.redis.write();
    await this.database.write();
  }

  /** Notes both servers, unless this process did so just now. Never rejects. */
  async note(): Promise<void> {
    await Promise.all([this.redis.note(), this.database.note()]);
  }

  /** Outdates both notes, if this process was the last one. Never rejects. */
  async leave(): Promise<void> {
    await Promise.all([this.redis.leave(), this.database.leave()]);
  }

  /** Where another Redis is that counted this namespace within the last hour; undefined where none did. Never rejects. */
  otherRedis(): Promise<string | undefined> {
    return this.redis.otherPlace();
  }
}

export function pairingOf(
  source: CacheSource,
  namespace: string,
  { cache, store, events }: { cache: CounterCache; store: CounterStore; events: CounterEvents },
): Pairing | undefined {
  const { redisNotes } = store;
  const { databaseNotes } = cache;
  const { misconfigurations } = events;
  if (source.kind === 'memory' || !redisNotes || !databaseNotes) return undefined;
  const place = source.deployment === undefined ? UNKNOWN : placeOf(source.deployment);
  return new Pairing(
    new WhichServer(redisServer(cache, { namespace, place }), redisNotes, misconfigurations),
    new WhichServer(databaseServer(store, namespace), databaseNotes, misconfigurations),
  );
}
