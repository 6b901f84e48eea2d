import { bucketName, bucketSuffix } from '../words/bucket-name.js';
import type { CountReader } from './count-reader.js';
import type { TopAsked } from './top-asked.js';

/** What counters counted in some windows together, or in total, read one by one. */
export async function exactCounts(
  reader: Pick<CountReader, 'read'>,
  windows: TopAsked['windows'],
  names: readonly string[],
): Promise<Map<string, bigint>> {
  const suffixes = windows?.starts.map((start) => bucketSuffix({ window: windows.window, start }));
  const asked = names.flatMap(
    (name) => suffixes?.map((suffix) => bucketName(name, suffix)) ?? [name],
  );
  const totals = await reader.read(asked);
  const each = suffixes?.length ?? 1;
  const sums = names.map((name, place): [string, bigint] => {
    const own = totals.slice(place * each, (place + 1) * each);
    return [name, own.reduce<bigint>((sum, total) => sum + BigInt(total), 0n)];
  });
  return new Map(sums);
}
