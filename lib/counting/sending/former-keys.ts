import { randomUUID } from 'node:crypto';
import type { Taken } from '../../cache/add-request.js';
import type { CounterCache, FoundKey } from '../../cache/counter-cache.js';
import { CounterOverflowError } from '../../errors.js';
import { withoutNumber } from '../../words/bucket-name.js';
import { inRange } from '../../words/int64.js';
import { chunkByPartition, type Partitioner } from '../../words/partitioner.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import type { SetAddition } from '../entries/entry-settings.js';
import type { FormerOutcome } from '../entries/held-entries.js';
import type { KeySearch, LaneOwner } from './lane-dependencies.js';
import { isKnownNotToHaveRun, REASONS, unknownOutcome } from './outcomes.js';

/**
 * Looks for keys under the names that a counter had before it was renamed: they stay in the partitions of these names. What was counted
 * under one is taken back from the counter that has it now, in three steps:
 *
 *     counted ──noted, from where and by whom──► being taken back ──subtracted there, once──► ──noted──► taken back
 *
 * A process may die between any two: whoever finds the key next goes on from there. It was taken back by whom the note names.
 */
export class FormerKeys implements KeySearch {
  constructor(
    private readonly cache: Pick<CounterCache, 'knownKey'>,
    private readonly partitionOf: Partitioner,
  ) {}

  async ask(
    entry: BufferEntry,
    names: readonly string[],
    owner: Pick<LaneOwner, 'addAnyway'>,
  ): Promise<FormerOutcome | undefined> {
    if (entry.kind !== 'undo') return this.find(entry, names, owner);
    const taken = { from: entry.name, by: randomUUID(), isNoted: false };
    try {
      return await this.find(entry, names, owner, taken);
    } catch (error) {
      if (!taken.isNoted && isKnownNotToHaveRun(error)) throw error;
      // what was noted is done by whoever finds it
      throw unknownOutcome(REASONS.notFinished, error);
    }
  }

  private async find(
    { value, interval, idempotencyKey, once }: BufferEntry,
    names: readonly string[],
    owner: Pick<LaneOwner, 'addAnyway'>,
    taken?: Taken & { isNoted: boolean },
  ): Promise<FormerOutcome | undefined> {
    const { cache, partitionOf } = this;
    // a former name has what follows a separator, as a bucket has: its partition is that of the counter
    for (const { partition, names: there } of chunkByPartition(names, partitionOf, names.length)) {
      for (;;) {
        const found = await cache.knownKey(partition, there, { idempotencyKey, once, taken });
        if (found === undefined) break;
        const { counter, delta, once: { taken: noted } = {} } = found;
        if (noted === undefined) {
          if (once !== undefined) return { kind: 'known' };
          return { kind: delta === value ? 'duplicate' : 'conflict' };
        }
        if (taken && noted.by === taken.by) taken.isNoted = true;
        await owner.addAnyway(noted.from, interval, subtraction(found)).acknowledged;
        const done = cache.knownKey(partition, [counter], { once, taken: noted, done: true });
        if (noted.by !== taken?.by) {
          await done;
          continue;
        }
        // it is taken back: whoever finds the key notes that
        await done.catch(() => undefined);
        return 'applied';
      }
    }
    return undefined;
  }
}

/** In the windows that were counted, and once: whoever took it back has one name. */
function subtraction({ counter, delta, once }: FoundKey): SetAddition {
  const { taken, buckets, within } = once ?? { within: 1 };
  const back = -BigInt(delta);
  if (!inRange(back)) throw new CounterOverflowError(withoutNumber(counter));
  const moment = { start: 0, end: 0, suffixes: buckets ?? [] };
  return {
    ...{ delta: back, once: { key: taken?.by ?? '', within }, isAskedFor: true, goesPast: true },
    ...(buckets && { windows: { set: 'own', moment } }),
  };
}
