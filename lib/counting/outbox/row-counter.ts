import type { Outbox, TakenRow } from '../../database/outbox/outbox.js';
import { CacheUnavailableError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import { reasonOf } from '../../words/quote.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';
import { additionOf, countedName, countedNames, isKept } from './counted-rows.js';
import type { CountingPlaces, Places } from './counting-places.js';
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
  places: Pick<CountingPlaces, 'toTake' | 'now'>;
  /** Has counters and buckets persisted. */
  persist: (names: readonly string[]) => Promise<void>;
  /** Whether the cache knows that a row of this id was counted by a counter. */
  knows: (name: string, id: string) => Promise<boolean>;
  /** Whether counts in the cache outlive the process. */
  keepsCounts: boolean;
}

interface CountingTimes {
  /** Default of `updateInterval`. */
  updateInterval: number;
  /** Milliseconds for which a row may be counted again without counting twice. */
  repeatable: number;
}

/**
 * Counts rows of the outbox, each once: by its id as idempotency key, and then it removes the row. A row that was taken before may have been
 * counted: it is counted again only where its key would be known by now.
 */
export class RowCounter {
  constructor(
    private readonly dependencies: CountingDependencies,
    private readonly times: CountingTimes,
  ) {}

  /** Takes rows and counts them: those of these ids, or else the oldest ones of all. Rejects where nothing can be counted now. */
  async countSome(which: { ids?: readonly string[]; limit: number }): Promise<Round> {
    const { outbox, events, places } = this.dependencies;
    // rows that cannot be counted now must not be taken: they can be counted for a time only
    if (events.outages.placesOf('write').size > 0) throw new CacheUnavailableError(AWAY);
    const here = await places.toTake();
    const asked = Date.now();
    const found = await outbox.take(which, (row) => here.of(countedName(row)));
    const rows = found.filter(
      // less than nothing: the clock was put back
      ({ takenBy, takenFor }) => here.isHere(takenBy) || Math.abs(takenFor) > COUNTING,
    );
    return {
      found: new Set(found.map(({ id }) => id)),
      settled: await this.count(rows, here, asked),
      elsewhere: rows.length < found.length,
    };
  }

  /** Answers the ids of rows that were counted, or refused. */
  private async count(
    rows: readonly TakenRow[],
    here: Places,
    asked: number,
  ): Promise<Set<string>> {
    const { undecided, later } = await this.sorted(rows, here);
    const refused = new Map(undecided.map(({ id }) => [id, UNDECIDED]));
    const counted: TakenRow[] = [];
    await Promise.all(
      rows.map(async (row) => {
        if (refused.has(row.id) || later.has(row)) return;
        try {
          await this.enter(row, asked);
          counted.push(row);
        } catch (error) {
          if (isForGood(error)) refused.set(row.id, reasonOf(error));
        }
      }),
    );
    await this.refuse(refused);
    await this.remove(counted.filter((row) => !isKept(row)));
    const kept = counted.filter(isKept);
    const lost = await this.remove(kept);
    await this.refuse(new Map(lost.map(({ id }) => [id, UNDECIDED])));
    return new Set([...counted.map(({ id }) => id), ...refused.keys()]);
  }

  /** Which rows may have been counted, and Redis would not know it any more; and of which that cannot be told at the moment. */
  private async sorted(
    rows: readonly TakenRow[],
    here: Places,
  ): Promise<{ undecided: readonly TakenRow[]; later: ReadonlySet<TakenRow> }> {
    const isTooLate = ({ takenBy, takenFor }: TakenRow): boolean =>
      !here.isHere(takenBy) || takenFor > this.times.repeatable;
    const tooLate = rows.filter(isTooLate);
    const again = rows.filter((row) => row.takenBefore && !isTooLate(row));
    try {
      return { undecided: [...tooLate, ...(await this.lost(again))], later: new Set() };
    } catch {
      // who failed has told it; rows that nobody took before are counted all the same
      return { undecided: tooLate, later: new Set(again) };
    }
  }

  /** Which of the rows that were taken before may have been counted in a memory that is gone. */
  private async lost(again: readonly TakenRow[]): Promise<TakenRow[]> {
    if (again.length === 0) return [];
    const now = await this.dependencies.places.now(again.map(countedName));
    const unsure = again.filter((row) => row.takenBy !== now.of(countedName(row)));
    return this.unknown(unsure);
  }

  private async unknown(rows: readonly TakenRow[]): Promise<TakenRow[]> {
    const { knows } = this.dependencies;
    const known = await Promise.all(rows.map((row) => knows(countedName(row), row.id)));
    return rows.filter((_, place) => !known[place]);
  }

  /** Removes rows that were counted; what nobody could count again is persisted first. Answers those that the cache lost: they may have been persisted, or not. */
  private async remove(rows: readonly TakenRow[]): Promise<TakenRow[]> {
    const { outbox, persist, keepsCounts } = this.dependencies;
    if (rows.length === 0) return [];
    const unkept = rows.filter((row) => isKept(row) || !keepsCounts);
    if (unkept.length > 0) await persist([...new Set(unkept.flatMap(countedNames))]);
    const lost = new Set(await this.unknown(rows.filter(isKept)));
    await outbox.remove(rows.filter((row) => !lost.has(row)).map(({ id }) => id));
    return [...lost];
  }

  /** `asked`: when this process asked for the row. `takenFor` is the time that had passed by then. */
  private async enter(row: TakenRow, asked: number): Promise<void> {
    const { updateInterval, repeatable } = this.times;
    const addition = additionOf(row, asked + repeatable - Math.max(0, row.takenFor));
    const interval = row.updateInterval ?? updateInterval;
    await this.dependencies.buffer.enter(addition, interval).acknowledged;
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
