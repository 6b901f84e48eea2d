import type { CounterCache, Moved, MoveRequest } from '../../cache/counter-cache.js';
import type { Outbox } from '../../database/outbox/outbox.js';
import type { CounterEvents } from '../../events.js';
import { checkMoved, checkMoveOptions } from '../../input/change-options.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { bucketName, withoutNumber } from '../../words/bucket-name.js';
import type { Partitioner } from '../../words/partitioner.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';
import { expectTable } from '../outbox/expect-table.js';

/** Counters that are moved together, and names in one step of the cache. */
const AT_ONCE = 100;
const NAMES_AT_ONCE = 500;
/** Names that are asked for a key. */
const MOST_FORMER = 100;

interface MoveDependencies {
  cache: Pick<CounterCache, 'move'>;
  queue: Pick<PersistQueue, 'trigger'>;
  outbox: Pick<Outbox, 'exists'>;
  buffer: Pick<IncrementBuffer, 'whenSettled'>;
  /** Finds buckets, by their suffixes. */
  families: {
    bucketsOf(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  };
  events: CounterEvents;
  partitionOf: Partitioner;
  setUp: (partition: number) => Promise<void>;
  flush: (names: readonly string[]) => Promise<void>;
  /** Counts what was taken from rows. */
  settle: () => Promise<void>;
}

/**
 * Moves what counters counted to another counter:
 *
 *     marked ──claimed──► row removed, and in the outbox: one transaction ──counted for the other, and persisted──► removed there
 *        └─ for a while: what is counted under the old name goes the same way
 *
 * A process may die after any step: the mark is in the cache, what was taken from a row is in the database, and is counted by its id
 * as idempotency key. It goes from the outbox when it is in a row again.
 */
export class CounterMoves {
  constructor(private readonly dependencies: MoveDependencies) {}

  /** `method`: the one that was called, for messages. */
  async move(given: unknown, to: string, options: unknown, method: string): Promise<void> {
    const { outbox, buffer, events } = this.dependencies;
    const { follow, change } = checkMoveOptions(options, method);
    const names = await checkMoved(given, to, method);
    await expectTable(outbox, 'rename() and merge() need');
    await buffer.whenSettled();
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE);
      await this.moveSome(some, to, follow);
      for (const name of some) events.emit('changed', { name, operation: 'rename', to, ...change });
    }
  }

  private async moveSome(names: readonly string[], to: string, lasting: number): Promise<void> {
    const { families, flush, settle } = this.dependencies;
    // the target goes by its own name again: before and after all other marks, so that no two form a circle
    await this.mark({ counter: to, to });
    const marked = await Promise.all(names.map((counter) => this.mark({ counter, to, lasting })));
    await this.noteFormer(names, to, marked, lasting);
    await this.mark({ counter: to, to });
    const buckets = await families.bucketsOf(names);
    const rows: string[] = [];
    for (const counter of names) {
      const own = (buckets.get(counter) ?? []).map((suffix) => bucketName(counter, suffix));
      const all = [counter, ...own];
      for (let from = 0; from < all.length; from += NAMES_AT_ONCE) {
        const some = all.slice(from, from + NAMES_AT_ONCE);
        await this.mark({ counter, to, lasting: 'as it is', names: some });
      }
      rows.push(...all);
    }
    await flush(rows);
    await settle();
  }

  /** Keys stay where they are: the target knows the names under which they may be known. */
  private async noteFormer(
    names: readonly string[],
    to: string,
    marked: readonly Moved[],
    lasting: number,
  ): Promise<void> {
    const found = marked.flatMap(({ former }) => former ?? []);
    if (found.length === 0) return;
    const all = found.flatMap((each) => each.names);
    const isNamed = (name: string) => names.includes(withoutNumber(name));
    const latest = [...all.filter(isNamed), ...all.filter((name) => !isNamed(name))];
    const until = Math.max(Date.now() + lasting, ...found.map((each) => each.until));
    const former = { names: [...new Set(latest)].slice(0, MOST_FORMER), until };
    await this.mark({ counter: to, to, former });
  }

  private async mark(request: MoveRequest): Promise<Moved> {
    const { cache, queue, partitionOf, setUp } = this.dependencies;
    const partition = partitionOf(request.counter);
    let moved = await cache.move(partition, request);
    if (moved === undefined) {
      await setUp(partition);
      moved = await cache.move(partition, request);
    }
    if (moved?.wake !== undefined) queue.trigger(partition, moved.wake);
    return moved ?? {};
  }
}
