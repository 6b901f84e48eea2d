import type { CounterEventMap, CounterEvents } from '../../events.js';
import type { ChangeOptions } from '../../input/counter.types.js';
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
    const kind = operation === 'delete' ? 'delete' : 'set';
    return buffer.replace(kind, name, value, updateInterval, (before) => {
      events.emit('changed', { name, operation, before, after: value, ...change });
    });
  }
}
