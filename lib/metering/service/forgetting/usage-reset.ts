import type { CountingParts } from '../../../counting/counting-parts.js';
import { answer } from '../../../input/answer.js';
import type { ChangeOptions } from '../../../input/counter.types.js';
import { type Bucket, bucketName, bucketSuffix } from '../../../words/bucket-name.js';
import type { ResetUsage } from './reset-options.js';
import { readReset } from './reset-options.js';

/** Parts that are reset together. */
const PAGE = 500;

/**
 * Sets what a window counted to zero, in one step of the cache for each counter: what was counted before is given back, and told in the
 * event; what comes later counts anew. Totals stay.
 */
export class UsageReset {
  constructor(
    private readonly parts: Pick<
      CountingParts,
      'buffer' | 'events' | 'reader' | 'usage' | 'calendar' | 'updateInterval'
    >,
  ) {}

  async run(name: string, options: unknown): Promise<ResetUsage | ResetUsage<bigint>> {
    const { buffer, calendar } = this.parts;
    const { counter, bucket, parts, change, asBigInt } = readReset(name, options, calendar);
    // what this process called before is counted before
    await buffer.whenSettled();
    const before = await this.toZero(counter, bucket, change);
    let counters = before === 0n ? 0 : 1;
    for (let after: string | undefined; parts !== undefined;) {
      const page = await this.parts.usage.read({
        ...{ name, prefix: parts.prefix, pieces: parts.pieces, isPart: parts.isMeant, after },
        // it is rows that are set to zero
        mayBeClosed: false,
        ...{ windows: bucket && { window: bucket.window, starts: [bucket.start] } },
        limit: Math.min(PAGE, buffer.limit),
      });
      const made = await Promise.all(
        page.parts
          .filter((part) => part.name !== counter)
          .map((part) => this.toZero(part.name, bucket, change)),
      );
      counters += made.filter((each) => each !== 0n).length;
      if (page.next === undefined) break;
      after = page.next;
    }
    return { before: answer(counter, before, asBigInt), counters } as ResetUsage;
  }

  /** Answers what it was before. */
  private async toZero(
    counter: string,
    bucket: Bucket | undefined,
    change: ChangeOptions,
  ): Promise<bigint> {
    const { buffer, events, reader, updateInterval } = this.parts;
    const name = bucket ? bucketName(counter, bucketSuffix(bucket)) : counter;
    // nothing to give back, and nothing to tell
    const [found = 0] = await reader.read([name]);
    if (BigInt(found) === 0n) return 0n;
    return buffer.replace('set', name, 0n, updateInterval, (before) => {
      const when = bucket && { window: bucket.window, start: new Date(bucket.start) };
      events.emit('changed', {
        ...{ name: counter, operation: 'reset', before, after: 0n, ...when, ...change },
      });
    });
  }
}
