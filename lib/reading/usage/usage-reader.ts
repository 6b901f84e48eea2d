import type { CounterCache } from '../../cache/counter-cache.js';
import type { CounterStore, PartRow } from '../../database/counter-store.js';
import { plus, type Total } from '../../words/int64.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { inSlices } from '../../words/slices.js';
import type { CountReader } from '../count-reader.js';
import { exactCounts } from '../exact-counts.js';
import type { TopAsked } from '../top-asked.js';
import { waitingCounts, type WaitingCounts } from '../waiting-counts.js';

/** Counts that are read one by one in one go. */
const TOGETHER = 20_000;

/** Which parts of a metered name are asked for. */
export interface UsageAsked extends Pick<TopAsked, 'windows' | 'limit'> {
  /** The metered name. */
  name: string;
  /** Their names begin with this. */
  prefix: string;
  /** As `PartsQuery` has them. */
  pieces?: readonly string[] | undefined;
  /** Whether a counter is such a part: there are names with these pieces that are none. */
  isPart: (name: string) => boolean;
  /** Whether the first window has ended: before, it cannot be closed. */
  mayBeClosed: boolean;
  /** Windows between the first and the last one that are left out. */
  except?: readonly number[];
  /** Only what comes behind this. */
  after?: string | undefined;
}

/** A page of parts, in the order of their names, byte for byte. */
export interface UsagePage {
  /** Those at zero are left out. */
  parts: PartRow[];
  /** The last counter that was looked at; absent where there are no further ones. */
  next?: string;
}

type DependingOn = { cache: CounterCache; store: CounterStore; reader: Pick<CountReader, 'read'> };

/**
 * All parts of a metered name: what the database has, and what waits to be persisted.
 *
 * What waits is read first, then a page of rows, with the ledgers of the same moment. A part of which nothing waited is what its rows
 * say: whatever waited before is among them. To another one, what waits is added, by the rule of `CountReader`: the open batch only if
 * the ledger does not have it yet. Where a batch was claimed in between and persisted, or claimed while the pages of the cache were read,
 * these parts are read one by one.
 */
export class UsageReader {
  constructor(
    private readonly dependencies: DependingOn,
    private readonly partitions: number,
  ) {}

  async read(asked: UsageAsked): Promise<UsagePage> {
    const { cache, store } = this.dependencies;
    const { prefix, pieces, windows, after, limit } = asked;
    const partitions = partitionNumbers(this.partitions);
    const waiting = await Promise.all(
      partitions.map((partition) => waitingCounts(cache, partition, asked)),
    );
    const { rows, ledgers } = await store.parts({
      ...{ prefix, pieces, after, partitions, limit: limit + 1 },
      windows: windows && { ...rangeOf(windows), closed: { except: asked.except ?? [] } },
    });
    if (waiting.every(({ counts }) => counts.size === 0)) return pageOf(rows, asked);
    const counts = new Map(rows.map(({ name, value }) => [name, value]));
    const last = rows.length > limit ? rows.at(-1)?.name : undefined;
    const uncertain = await this.addWaiting(asked, { waiting, ledgers, counts, last });
    await this.readExactly(asked, uncertain, counts);
    const found = Array.from(counts, ([name, value]) => ({ name, value }));
    // rows come in this order
    if (found.length > rows.length) sortByName(found);
    return pageOf(found, asked);
  }

  /** Adds what waits of the parts of this page, and answers those of which that is uncertain. */
  private async addWaiting(
    { after, isPart }: UsageAsked,
    { waiting, ledgers, counts, last }: Merged,
  ): Promise<string[]> {
    const [from, to] = [after, last].map((name) =>
      name === undefined ? undefined : Buffer.from(name),
    );
    const isOnPage = (name: string): boolean => {
      if (from === undefined && to === undefined) return true;
      const bytes = Buffer.from(name);
      return (!from || Buffer.compare(bytes, from) > 0) && (!to || Buffer.compare(bytes, to) <= 0);
    };
    const uncertain: string[] = [];
    for (const [partition, { counts: waits, fence, batchSeq }] of waiting.entries()) {
      const seq = ledgers.get(partition) ?? 0;
      const isCertain = fence !== undefined && seq <= fence;
      const batchCounts = batchSeq !== undefined && seq < batchSeq;
      await inSlices([...waits.keys()], (name) => {
        if (!isPart(name) || !isOnPage(name)) return;
        if (!isCertain) return uncertain.push(name);
        const { pending = 0, claimed = 0 } = waits.get(name) ?? {};
        const added = batchCounts ? plus(pending, claimed) : pending;
        return counts.set(name, plus(counts.get(name) ?? 0, added));
      });
    }
    return uncertain;
  }

  private async readExactly(
    { windows }: UsageAsked,
    names: readonly string[],
    counts: Map<string, Total>,
  ): Promise<void> {
    const step = Math.max(1, Math.floor(TOGETHER / (windows?.starts.length ?? 1)));
    for (let from = 0; from < names.length; from += step) {
      const { reader } = this.dependencies;
      const found = await exactCounts(reader, windows, names.slice(from, from + step));
      for (const [name, count] of found) counts.set(name, count);
    }
  }
}

/** The first of what was found, where there is more than a page of it. */
export function pageOf(
  found: readonly PartRow[],
  { limit, isPart }: Pick<UsageAsked, 'limit' | 'isPart'>,
): UsagePage {
  const page = found.slice(0, limit);
  const parts = page.filter(({ name, value }) => Number(value) !== 0 && isPart(name));
  const next = page.at(-1)?.name;
  return found.length > limit && next !== undefined ? { parts, next } : { parts };
}

/** Byte for byte. */
function sortByName(found: PartRow[]): void {
  const bytes = new Map(found.map(({ name }) => [name, Buffer.from(name)]));
  const none = Buffer.alloc(0);
  found.sort((one, other) =>
    Buffer.compare(bytes.get(one.name) ?? none, bytes.get(other.name) ?? none),
  );
}

interface Merged {
  /** By partition. */
  waiting: readonly WaitingCounts[];
  ledgers: ReadonlyMap<number, number>;
  counts: Map<string, Total>;
  /** The last row; absent where there are no further ones. */
  last: string | undefined;
}

export const rangeOf = ({ window, starts }: NonNullable<TopAsked['windows']>) => {
  const [first = 0, last = first] = [starts[0], starts.at(-1)];
  return { window, first, last };
};
