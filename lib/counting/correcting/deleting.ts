import { InvalidArgumentError } from '../../errors.js';
import { checkNames } from '../../input/arguments.js';
import { readChange } from '../../input/change-options.js';
import type { ChangeOptions } from '../../input/counter.types.js';
import { checkPrefix } from '../../input/list-query.js';
import type { CountingParts } from '../counting-parts.js';
import { Replacing } from './replacing.js';

/** Counters, or buckets, that are deleted together. */
const AT_ONCE = 500;

/** Deletes counters with all that their windows counted. */
export class Deleting {
  private readonly replacing: Replacing;

  constructor(
    private readonly parts: Pick<
      CountingParts,
      'buffer' | 'events' | 'families' | 'updateInterval'
    >,
  ) {
    this.replacing = new Replacing(parts);
  }

  async delete(names: string | Iterable<string>, options?: ChangeOptions): Promise<void> {
    const { buffer } = this.parts;
    const change = readChange(options, 'delete()');
    const given = typeof names === 'string' ? [names] : names;
    const all = new Set(checkNames(given, buffer.limit));
    buffer.expectRoomFor(all.size);
    await this.deleteAll(all, change);
  }

  /** Answers how many counters were deleted. */
  async deletePrefix(prefix: string, options?: ChangeOptions): Promise<number> {
    const change = readChange(options, 'deletePrefix()');
    checkPrefix(prefix);
    if (!prefix) {
      throw new InvalidArgumentError('deletePrefix() needs a prefix of one character at least');
    }
    const deleted = new Set<string>();
    for await (const page of this.parts.families.withPrefix(prefix)) {
      const names = page.filter((name) => !deleted.has(name));
      for (let from = 0; from < names.length; from += AT_ONCE) {
        await this.deleteAll(names.slice(from, from + AT_ONCE), change);
      }
      for (const name of names) deleted.add(name);
    }
    return deleted.size;
  }

  /** Answers the names of the buckets that were deleted with them. */
  async deleteAll(names: Iterable<string>, change: ChangeOptions): Promise<string[]> {
    const removed = await Promise.all(
      Array.from(names, (name) => this.replacing.remove(name, change)),
    );
    const buckets = removed.flatMap(({ deleted }) => deleted);
    const further = removed.flatMap(({ left }) => left);
    for (let from = 0; from < further.length; from += AT_ONCE) {
      const some = further.slice(from, from + AT_ONCE);
      await this.deleteAll(some, change);
      for (const name of some) buckets.push(name);
    }
    return buckets;
  }
}
