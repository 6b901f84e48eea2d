import type { CounterEventMap, CounterEvents } from '../../events.js';
import type { ChangeOptions } from '../../input/counter.types.js';
import { BUCKET_SEPARATOR, bucketName } from '../../words/bucket-name.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';

interface Parts {
  buffer: Pick<IncrementBuffer, 'replace'>;
  events: CounterEvents;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}

interface Replacement {
  operation: CounterEventMap['changed'][0]['operation'];
  name: string;
  value: bigint;
  change: ChangeOptions;
}

/** Replaces totals, and tells of each change when Redis has answered it: also where its caller was told of a delay before. */
export class Replacing {
  constructor(private readonly parts: Parts) {}

  /** Answers the total before. */
  replace({ operation, name, value, change }: Replacement): Promise<bigint> {
    const { buffer, events, updateInterval } = this.parts;
    return buffer.replace('set', name, value, updateInterval, (before) => {
      events.emit('changed', { name, operation, before, after: value, ...change });
    });
  }

  /** Deletes a counter, or a bucket; answers the names of its buckets that were deleted with it, and of those that are left. */
  async remove(
    name: string,
    change: ChangeOptions,
  ): Promise<{ deleted: string[]; left: string[] }> {
    const { buffer, events, updateInterval } = this.parts;
    const named = (suffixes: readonly string[] = []): string[] =>
      suffixes.map((suffix) => bucketName(name, suffix));
    const buckets = { deleted: named(), left: named() };
    await buffer.replace('delete', name, 0n, updateInterval, (before, entry) => {
      buckets.deleted = named(entry.foundBuckets);
      buckets.left = named(entry.furtherBuckets);
      if (name.includes(BUCKET_SEPARATOR)) return;
      events.emit('changed', { name, operation: 'delete', before, after: 0n, ...change });
    });
    return buckets;
  }
}
