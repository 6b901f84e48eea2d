import { InvalidArgumentError, quote } from '../../errors.js';
import { checkTotal } from '../../input/arguments.js';
import { checkChange, OF_CHANGE } from '../../input/change-options.js';
import type { ChangeOptions, CounterDelta } from '../../input/counter.types.js';
import { readOptions } from '../../words/read-options.js';
import { slice } from '../../words/slices.js';
import type { CountingParts } from '../counting-parts.js';
import { ExactChanges } from './exact-changes.js';
import { Replacing } from './replacing.js';

/** Entries that are compared and set together. */
const CHUNK = 1000;
/** Totals that wait to be persisted before the next ones are set. */
const BLOCK = 10_000;

/** How far `CounterService.importTotals()` has come. @publicApi */
export interface Imported {
  /** Entries that were read. */
  read: number;
  /** Counters whose total was set. */
  set: number;
  /** Counters that had this total already. */
  unchanged: number;
  /** With `existing: 'keep'`, counters that had another total than 0, and kept it. */
  kept: number;
}

/** Options of `CounterService.importTotals()`. @publicApi */
export interface ImportOptions extends ChangeOptions {
  /** What happens to a counter whose total is not 0: it is `set`, or it is `keep`, left as it is. @default 'set' */
  existing?: 'set' | 'keep' | undefined;
  /** Called after each thousand entries; awaited. What it throws ends the import. @default none */
  onProgress?: ((progress: Imported) => void | Promise<void>) | undefined;
}

type Entries = Iterable<unknown> | AsyncIterable<unknown>;
type Given = Required<Pick<ImportOptions, 'existing'>> & { change: ChangeOptions };

const OPTIONS: ReadonlySet<keyof ImportOptions> = new Set([
  ...(['existing', 'onProgress'] as const),
  ...OF_CHANGE,
]);

/**
 * Sets very many totals, a thousand at a time. Each is compared first: the same entries again change nothing. The next block is
 * set while the one before is persisted, so that neither the process nor Redis holds more than two blocks.
 */
export class TotalsImport {
  private readonly replacing: Replacing;
  private readonly exact: ExactChanges;

  constructor(private readonly parts: CountingParts) {
    this.replacing = new Replacing(parts);
    this.exact = new ExactChanges(parts);
  }

  async run(entries: unknown, options: unknown = {}): Promise<Imported> {
    const { onProgress, ...given } = checked(options);
    const { buffer, flusher } = this.parts;
    const imported: Imported = { read: 0, set: 0, unchanged: 0, kept: 0 };
    let flushing = Promise.resolve();
    let names: string[] = [];
    const flush = async (): Promise<void> => {
      await flushing;
      flushing = flusher.flush(names);
      flushing.catch(() => undefined);
      names = [];
    };
    for await (const chunk of chunksOf(entries, Math.min(CHUNK, buffer.limit))) {
      await slice(chunk.size);
      for (const name of await this.take(chunk, given, imported)) names.push(name);
      if (names.length >= BLOCK) await flush();
      await onProgress?.({ ...imported });
    }
    await flush();
    await flushing;
    return imported;
  }

  /** Answers the counters that were set. */
  private async take(
    chunk: ReadonlyMap<string, bigint>,
    { existing, change }: Given,
    imported: Imported,
  ): Promise<string[]> {
    const { buffer, reader, settle } = this.parts;
    // what transactions have committed is in a total that their tables tell
    await settle();
    const totals = await reader.warm(chunk.keys());
    const others = [...chunk].filter(([name, value]) => totals.get(name) !== value);
    const isKept = ([name]: [string, bigint]): boolean =>
      existing === 'keep' && totals.get(name) !== 0n;
    const wrong = others.filter((entry) => !isKept(entry));
    buffer.expectRoomFor(wrong.length);
    const set = await Promise.all(
      wrong.map(async ([name, value]): Promise<string | undefined> => {
        const made = { operation: 'import', name, change } as const;
        if (existing === 'keep') {
          const isMade = await this.exact.make({ ...made, before: 0n, after: value });
          return isMade ? name : undefined;
        }
        await this.replacing.replace({ ...made, value });
        return name;
      }),
    );
    const names = set.filter((name) => name !== undefined);
    imported.read += chunk.size;
    imported.set += names.length;
    imported.unchanged += chunk.size - others.length;
    imported.kept += others.length - names.length;
    return names;
  }
}

function checked(options: unknown): Given & Pick<ImportOptions, 'onProgress'> {
  const given = readOptions<ImportOptions>(options, OPTIONS, 'importTotals()');
  const { existing = 'set', onProgress } = given;
  if (!['set', 'keep'].includes(existing)) {
    throw new InvalidArgumentError(`existing must be 'set' or 'keep', not ${quote(existing)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError(`onProgress must be a function, not ${quote(onProgress)}`);
  }
  return { existing, onProgress, change: checkChange(given) };
}

/** Entries as totals by name. A name that comes again begins another chunk. Behind a wrong entry nothing is read. */
async function* chunksOf(
  entries: unknown,
  size: number,
): AsyncGenerator<ReadonlyMap<string, bigint>> {
  if (!isEntries(entries)) {
    throw new InvalidArgumentError(
      `entries must be an iterable or an async iterable, not ${quote(entries)}`,
    );
  }
  let chunk = new Map<string, bigint>();
  let place = 0;
  for await (const given of entries) {
    let total: { name: string; value: CounterDelta };
    try {
      total = checkTotal(given, 'importTotals()');
    } catch (error) {
      if (chunk.size > 0) yield chunk;
      throw wrongEntry(place, error as Error);
    }
    if (chunk.size === size || chunk.has(total.name)) {
      yield chunk;
      chunk = new Map();
    }
    chunk.set(total.name, BigInt(total.value));
    place++;
  }
  if (chunk.size > 0) yield chunk;
}

/** One message, with what is wrong behind the place. */
const wrongEntry = (place: number, error: Error): InvalidArgumentError =>
  new InvalidArgumentError(`entries[${place}]: ${error.message.replace(/^\[fastcounter\] /, '')}`, {
    cause: error,
  });

/** A text is none: it would be taken for a list of its characters. */
const isEntries = (entries: unknown): entries is Entries =>
  typeof entries === 'object' &&
  entries !== null &&
  (Symbol.iterator in entries || Symbol.asyncIterator in entries);
