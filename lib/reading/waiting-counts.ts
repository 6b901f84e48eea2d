import type { CounterCache, WaitingPage } from '../cache/counter-cache.js';
import { type BucketWindow, digitOf, parseName } from '../words/bucket-name.js';
import { plus, type Total, totalOf } from '../words/int64.js';
import { inSlices } from '../words/slices.js';
import { waitingPages } from './waiting-pages.js';

/** What waits of one counter. */
interface WaitingCount {
  pending: Total;
  /** In the open batch. */
  claimed: Total;
}

/** What waits in a partition. */
export interface WaitingCounts {
  counts: Map<string, WaitingCount>;
  /** Seq of the last claim; absent where a batch was claimed meanwhile, so that these counts are of several moments. */
  fence: number | undefined;
  /** Seq of the open batch; absent where there is none. */
  batchSeq: number | undefined;
}

interface Asked {
  prefix: string;
  windows?: { window: BucketWindow; starts: readonly number[] } | undefined;
}

/** Reads what waits of the counters with a prefix: in some windows, or of their totals. */
export async function waitingCounts(
  cache: Pick<CounterCache, 'waiting'>,
  partition: number,
  { prefix, windows }: Asked,
): Promise<WaitingCounts> {
  const window = windows && digitOf(windows.window);
  const starts = new Set(windows?.starts);
  // by name: a page may have again what an earlier one had
  const [pending, claimed] = [new Map<string, string>(), new Map<string, string>()];
  let [first, last]: (WaitingPage | undefined)[] = [];
  for await (const page of waitingPages(cache, partition, { prefix, window })) {
    await inSlices(page.entries, (entry) => {
      (entry.claimed === true ? claimed : pending).set(entry.name, entry.delta);
    });
    first ??= page;
    last = page;
  }
  const counts = new Map<string, WaitingCount>();
  const note = (of: keyof WaitingCount, deltas: ReadonlyMap<string, string>) =>
    inSlices([...deltas.keys()], (name) => {
      const { counter, bucket } = parseName(name);
      if (bucket !== undefined && !starts.has(bucket.start)) return;
      const count = counts.get(counter) ?? { pending: 0, claimed: 0 };
      count[of] = plus(count[of], totalOf(deltas.get(name) ?? '0'));
      counts.set(counter, count);
    });
  await note('pending', pending);
  await note('claimed', claimed);
  const isOneClaim = last?.fence === first?.fence && last?.generation === first?.generation;
  return { counts, fence: isOneClaim ? last?.fence : undefined, batchSeq: first?.batchSeq };
}
