import type { CounterCache } from '../../cache/counter-cache.js';
import { chunkByPartition, type Partitioner } from '../../words/partitioner.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import type { FormerOutcome } from '../entries/held-entries.js';

/** Looks for keys under the names that a counter had before it was renamed: they stay in the partitions of these names. */
export class FormerKeys {
  constructor(
    private readonly cache: Pick<CounterCache, 'knownKey'>,
    private readonly partitionOf: Partitioner,
  ) {}

  /** Undefined where the key is known under none of these names. `undo`: takes back what it counted there. */
  async ask(
    entry: BufferEntry,
    names: readonly string[],
    undo: (name: string) => BufferEntry,
  ): Promise<FormerOutcome | undefined> {
    const { kind, idempotencyKey, once } = entry;
    for (const { partition, names: there } of chunkByPartition(
      names,
      this.partitionOf,
      names.length,
    )) {
      const known = await this.cache.knownKey(partition, there, { idempotencyKey, once });
      if (known === undefined) continue;
      if (kind !== 'undo') {
        if (once !== undefined) return { kind: 'known' };
        return { kind: known.delta === entry.value ? 'duplicate' : 'conflict' };
      }
      const undone = undo(known.counter);
      await undone.acknowledged;
      // it may have been taken back meanwhile
      if (!undone.refused) return 'applied';
    }
    return undefined;
  }
}
