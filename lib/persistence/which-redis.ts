import { randomUUID } from 'node:crypto';
import type { CacheSource } from '../cache/cache-source.js';
import type { CounterCache } from '../cache/counter-cache.js';
import { placeOf } from '../cache/redis-place.js';
import { RedisMismatchError } from '../mismatch-errors.js';
import type { CounterEvents } from '../events.js';
import { quote } from '../quote.js';
import { steadyNow } from '../steady-clock.js';
import type { CounterStore, NotedRedis, RedisNotes } from './counter-store.js';

/** Milliseconds between two notes of the process that sweeps. */
const INTERVAL = 20_000;
/** A Redis that was noted within so many milliseconds is in use. */
const RECENT = 60_000;
/** So many notes of this Redis in a row, and the other one is no longer used. */
const ALONE = RECENT / INTERVAL;
/** A refusal holds for so many milliseconds before it is looked at again. */
const REPEATED = 1000;
/** For so long what is parked may be so because of another Redis, in milliseconds. */
const REMEMBERED = 3_600_000;

/**
 * Which Redis counts a namespace: the database knows it. Two on one database take what is pending out of each other, as the
 * batches of one are unknown to the other. So a process whose Redis is another one than that which was noted lately does not
 * begin to count.
 *
 * A Redis is the same by its identity, whatever it is called, or by its place: there it may have been emptied.
 */
export class WhichRedis {
  private noted = -Infinity;
  /** Notes in a row that found this one. */
  private alone = 0;
  private told = false;
  private refused?: { error: RedisMismatchError; at: number };
  /** The last other one that was noted in between. */
  private other?: { place: string; at: number };

  constructor(
    private readonly cache: Pick<CounterCache, 'identity'>,
    private readonly notes: RedisNotes,
    private readonly events: Pick<CounterEvents, 'emit'>,
    private readonly own: { namespace: string; place: string },
    private readonly interval = INTERVAL,
  ) {}

  /** Rejects where another Redis counts this namespace. */
  async check(): Promise<void> {
    // each increment that is refused asks
    if (this.refused !== undefined && steadyNow() - this.refused.at < REPEATED) {
      throw this.refused.error;
    }
    const last = await this.notes.read();
    if (last === undefined || last.age >= RECENT) return;
    if (!this.isOther(last, await this.cache.identity())) return;
    const { namespace, place } = this.own;
    const error = new RedisMismatchError(
      `Namespace "${namespace}" was counted by another Redis ${Math.round(last.age / 1000)} s ago, ` +
        `${quote(last.place)}; this process has ${quote(place)}. Two would take counts out of each other. ` +
        'Use the same one, or another namespace or database. To move on purpose: call flush(), stop the processes ' +
        'of the other one, and start this one a minute later',
    );
    this.refused = { error, at: steadyNow() };
    throw error;
  }

  /** Notes this Redis, unless that was done lately. By the process that sweeps. Never rejects. */
  async note(): Promise<void> {
    if (steadyNow() - this.noted < this.interval) return;
    // that a server is away is told by what persists
    await this.write().catch(() => undefined);
  }

  /** Before this Redis is set up to count: those who count by another one can tell by which. Rejects as `check()` does. */
  async takeOver(): Promise<void> {
    await this.check();
    await this.write();
  }

  /** Another process may come with another Redis now. Never rejects. */
  async leave(): Promise<void> {
    if (this.noted === -Infinity) return;
    await this.notes.remove(this.own.place).catch(() => undefined);
  }

  /** Where the other Redis is that counted this namespace lately, if one did. Never rejects. */
  async otherPlace(): Promise<string | undefined> {
    try {
      const last = await this.notes.read();
      if (last !== undefined && this.isOther(last, await this.cache.identity())) return last.place;
    } catch {
      // what is known here is all there is
    }
    const { other } = this;
    return other !== undefined && steadyNow() - other.at < REMEMBERED ? other.place : undefined;
  }

  private async write(): Promise<void> {
    const started = steadyNow();
    const proposed = randomUUID();
    const identity = (await this.cache.identity(proposed)) ?? proposed;
    const before = await this.notes.write({ identity, place: this.own.place });
    const isFirst = this.noted === -Infinity;
    this.noted = started;
    this.tell(before, identity, isFirst);
  }

  private isOther({ identity, place }: NotedRedis, own: string | undefined): boolean {
    return place !== this.own.place && identity !== own;
  }

  private tell(before: NotedRedis | undefined, own: string, isFirst: boolean): void {
    if (before === undefined || !this.isOther(before, own)) {
      if (++this.alone >= ALONE) this.told = false;
      return;
    }
    this.alone = 0;
    // before the first note of this process it is one that was used until then
    if (!isFirst) this.other = { place: before.place, at: steadyNow() };
    if (this.told || before.age >= RECENT) return;
    this.told = true;
    const { namespace, place } = this.own;
    const message =
      `Namespace "${namespace}" is counted by two Redis on one database: ${quote(place)} and ` +
      `${quote(before.place)}. They take counts out of each other: stop the processes of one of them`;
    this.events.emit('misconfigured', { message });
  }
}

/** Only of a process with Redis, whose place is known. */
export function whichRedisOf(
  source: CacheSource,
  namespace: string,
  { cache, store, events }: { cache: CounterCache; store: CounterStore; events: CounterEvents },
): WhichRedis | undefined {
  const { redisNotes } = store;
  if (source.kind === 'memory' || source.deployment === undefined || !redisNotes) return undefined;
  const own = { namespace, place: placeOf(source.deployment) };
  return new WhichRedis(cache, redisNotes, events, own);
}
