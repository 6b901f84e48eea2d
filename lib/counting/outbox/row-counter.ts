import type { Outbox, TakenRow } from '../../database/outbox/outbox.js';
import { CacheUnavailableError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import { reasonOf } from '../../words/quote.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';
import { additionOf, countedName, countedNames, isKept, keyOf } from './counted-rows.js';
import { AWAY, isForGood, UNDECIDED } from './waiting-rows.js';

/** Milliseconds in which whoever took a row has counted it; after that he may have ended. */
export const COUNTING = 30_000;

/** What became of some rows of the outbox. */
export interface Round {
  found: ReadonlySet<string>;
  /** Counted, or refused. */
  settled: ReadonlySet<string>;
  /** Whether some are being counted elsewhere at the moment. */
  elsewhere: boolean;
}

interface CountingDependencies {
  outbox: Outbox;
  buffer: IncrementBuffer;
  events: CounterEvents;
  /** Where this process counts: only there its idempotency keys are known. */
  place: () => Promise<string>;
  /** Has counters and buckets persisted. */
  persist: (names: readonly string[]) => Promise<void>;
  /** Whether the cache knows an idempotency key of a counter. */
  knows: (name: string, idempotencyKey: string) => Promise<boolean>;
  /** Whether counts in the cache outlive the process. */
  keepsCounts: boolean;
}

interface CountingTimes {
  /** Default of `updateInterval`. */
  updateInterval: number;
  /** Milliseconds for which a row may be counted again without counting twice. */
  repeatable: number;
}

/** Counts rows of the outbox, each once: by its id as idempotency key, and then it removes the row. */
export class RowCounter {
  constructor(
    private readonly dependencies: CountingDependencies,
    private readonly times: CountingTimes,
  ) {}

  /** Takes rows and counts them: those of these ids, or else the oldest ones of all. Rejects where nothing can be counted now. */
  async countSome(which: { ids?: readonly string[]; limit: number }): Promise<Round> {
    const { outbox, events, place } = this.dependencies;
    // rows that cannot be counted now must not be taken: they can be counted for a time only
    if (events.outages.placesOf('write').size > 0) throw new CacheUnavailableError(AWAY);
    const here = await place();
    const found = await outbox.take(which, here);
    // less than nothing: the clock was put back
    const rows = found.filter((row) => row.takenBy === here || Math.abs(row.takenFor) > COUNTING);
    return {
      found: new Set(found.map(({ id }) => id)),
      settled: await this.count(rows, here),
      elsewhere: rows.length < found.length,
    };
  }

  /** Answers the ids of rows that were counted, or refused. */
  private async count(rows: readonly TakenRow[], place: string): Promise<Set<string>> {
    const refused = new Map<string, string>();
    const counted: TakenRow[] = [];
    await Promise.all(
      rows.map(async (row) => {
        if (row.takenBy !== place || row.takenFor > this.times.repeatable) {
          refused.set(row.id, UNDECIDED);
          return;
        }
        try {
          await this.enter(row);
          counted.push(row);
        } catch (error) {
          if (isForGood(error)) refused.set(row.id, reasonOf(error));
        }
      }),
    );
    await this.refuse(refused);
    await this.remove(counted.filter((row) => !isKept(row)));
    const lost = await this.remove(counted.filter(isKept));
    await this.refuse(new Map(lost.map(({ id }) => [id, UNDECIDED])));
    return new Set([...counted.map(({ id }) => id), ...refused.keys()]);
  }

  /** Removes rows that were counted; what nobody could count again is persisted first. Answers those that the cache lost: they may have been persisted, or not. */
  private async remove(rows: readonly TakenRow[]): Promise<TakenRow[]> {
    const { outbox, persist, keepsCounts, knows } = this.dependencies;
    if (rows.length === 0) return [];
    const unkept = rows.filter((row) => isKept(row) || !keepsCounts);
    if (unkept.length > 0) await persist([...new Set(unkept.flatMap(countedNames))]);
    const known = await Promise.all(
      rows.map(async (row) => !isKept(row) || knows(countedName(row), keyOf(row))),
    );
    await outbox.remove(rows.filter((_, place) => known[place]).map(({ id }) => id));
    return rows.filter((_, place) => !known[place]);
  }

  private async enter(row: TakenRow): Promise<void> {
    const interval = row.updateInterval ?? this.times.updateInterval;
    await this.dependencies.buffer.enter(additionOf(row), interval).acknowledged;
  }

  private async refuse(refused: ReadonlyMap<string, string>): Promise<void> {
    const { outbox, events } = this.dependencies;
    for (const reason of new Set(refused.values())) {
      const ids = [...refused.keys()].filter((id) => refused.get(id) === reason);
      await outbox.refuse(ids, reason);
      events.emit('outboxRefused', { rows: ids.length, reason });
    }
  }
}
