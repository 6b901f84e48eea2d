import { CounterOverflowError } from '../../errors.js';
import type { CounterEventMap, CounterEvents } from '../../events.js';
import type { ChangeOptions } from '../../input/counter.types.js';
import { inRange } from '../../words/int64.js';
import { type Bucket, bucketName, bucketSuffix } from '../../words/bucket-name.js';
import type { IncrementBuffer } from '../buffer/increment-buffer.js';

interface Parts {
  buffer: Pick<IncrementBuffer, 'tryAdd'>;
  events: CounterEvents;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}

interface ExactChange {
  operation: CounterEventMap['changed'][0]['operation'];
  name: string;
  /** The window that is changed; absent for the total. */
  bucket?: Bucket | undefined;
  /** What the count was when it was looked at. */
  before: bigint;
  after: bigint;
  change: ChangeOptions;
}

/** Changes totals, or counts of windows, only where they are what they were: in one step with that look, so no increment is overwritten. */
export class ExactChanges {
  constructor(private readonly parts: Parts) {}

  /** Answers whether the count was still the same, and is changed. */
  async make({ operation, name, bucket, before, after, change }: ExactChange): Promise<boolean> {
    const { buffer, events, updateInterval } = this.parts;
    const delta = after - before;
    if (!inRange(delta)) throw new CounterOverflowError(name);
    const exactly = { min: String(after), max: String(after) };
    const counted = bucket === undefined ? name : bucketName(name, bucketSuffix(bucket));
    const attempt = buffer.tryAdd(
      ...([{ name: counted, delta, inWindows: false }, updateInterval, exactly] as const),
    );
    const of = bucket && { window: bucket.window, start: new Date(bucket.start) };
    const tell = (): void => {
      events.emit('changed', { name, operation, ...of, before, after, ...change });
    };
    try {
      await attempt.total;
    } catch (error) {
      // of a delay, say: it may be made later
      void attempt.whenMade().then((isMade) => {
        if (isMade) tell();
      });
      throw error;
    }
    if (attempt.applied) tell();
    return attempt.applied;
  }
}
