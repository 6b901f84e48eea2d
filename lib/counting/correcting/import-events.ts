import type { EventImports } from '../../database/imports/imports.js';
import type { OutboxRow } from '../../database/outbox/outbox.js';
import { outboxIds } from '../../database/outbox/outbox-id.js';
import { CounterOverflowError, DatabaseUnavailableError } from '../../errors.js';
import { Calendar } from '../../windows/calendar.js';
import type { Windows } from '../../windows/windows.js';
import { backOff, pause } from '../../words/back-off.js';
import { bucketSuffix, type CountWindow } from '../../words/bucket-name.js';
import { inRange } from '../../words/int64.js';
import { slice } from '../../words/slices.js';
import { expectTable } from '../outbox/expect-table.js';
import type { OutboxRelay } from '../outbox/outbox-relay.js';
import type { Keeping } from './kept-window.js';

/** Events of a block, and the increments of these, at most. */
const MOST_EVENTS = 20_000;
const MOST_INCREMENTS = 40_000;
/** How often a block is tried while another import writes, and the pauses between, in milliseconds. */
const ATTEMPTS = 200;
const PAUSES = { first: 10, longest: 300 };

/** An event of a log, checked. */
export interface LoggedEvent {
  /** What tells it from all others. */
  digest: string;
  /** When it was: milliseconds since 1970. */
  at: number;
  delta: bigint;
  /** The counters that it counts in. */
  counters: readonly string[];
}

/** How far `MeteringService.importEvents()` has come. @publicApi */
export interface ImportedEvents {
  /** Events that were read. */
  read: number;
  /** Those that were counted, by this call. */
  counted: number;
  /** Those that had been imported before, or came twice. */
  repeated: number;
}

export interface ImportSettings {
  /** Windows to count in, beside those that the counters are kept per. */
  windows: readonly CountWindow[];
  onProgress?: ((progress: ImportedEvents) => void | Promise<void>) | undefined;
}

interface ImportParts extends Keeping {
  imports: EventImports;
  relay: Pick<OutboxRelay, 'settle'>;
  windows: Windows;
}

/**
 * Counts events of logs, each once for good. A block of them is one transaction: it notes which of them are new, and what these add, summed by counter
 * and windows, is in the outbox. The next block is read while the one before is counted.
 */
export class EventsImport {
  private readonly idOf = outboxIds();
  /** Of its own: it remembers the windows of the log, and that of the module the present ones. */
  private readonly calendar: Calendar;

  constructor(private readonly parts: ImportParts) {
    this.calendar = new Calendar(parts.calendar.timeZone);
  }

  async run(
    events: AsyncIterable<LoggedEvent>,
    { windows, onProgress }: ImportSettings,
  ): Promise<ImportedEvents> {
    await expectTable(this.parts.imports, 'importEvents() needs', 'fast_counter_import');
    const imported: ImportedEvents = { read: 0, counted: 0, repeated: 0 };
    let counting = Promise.resolve();
    const settle = async (): Promise<void> => {
      await counting;
      counting = this.parts.relay.settle();
      counting.catch(() => undefined);
    };
    for await (const block of blocksOf(events)) {
      await slice(block.length);
      await counting;
      const counted = await this.take(block, windows);
      imported.read += block.length;
      imported.counted += counted;
      imported.repeated += block.length - counted;
      await settle();
      await onProgress?.({ ...imported });
    }
    // a run before may have left some
    await settle();
    await counting;
    return imported;
  }

  private async take(
    block: readonly LoggedEvent[],
    windows: readonly CountWindow[],
  ): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const taken = await this.parts.imports.take(block, (isNew) =>
        this.rowsOf(block, isNew, windows),
      );
      if (taken !== undefined) return taken;
      await pause(backOff(attempt, PAUSES));
    }
    throw new DatabaseUnavailableError('Another import writes all the time');
  }

  /** What the new ones add together: a row for each counter and its windows. */
  private rowsOf(
    block: readonly LoggedEvent[],
    isNew: (digest: string) => boolean,
    windows: readonly CountWindow[],
  ): OutboxRow[] {
    const sums = new Map<string, { name: string; suffixes: string[]; delta: bigint }>();
    const seen = new Set<string>();
    const now = Date.now();
    for (const { digest, at, delta, counters } of block) {
      if (!isNew(digest) || seen.has(digest)) continue;
      seen.add(digest);
      for (const name of counters) {
        const suffixes = this.suffixesOf(name, at, windows, now);
        const key = `${name}\n${suffixes.join()}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { name, suffixes, delta });
        else sum.delta += delta;
      }
    }
    return Array.from(sums.values(), ({ name, suffixes, delta }) => {
      if (!inRange(delta)) throw new CounterOverflowError(name);
      return { name, delta, suffixes };
    })
      .filter(({ delta }) => delta !== 0n)
      .map(({ name, delta, suffixes }) => ({
        ...{ id: this.idOf(now), name, delta: String(delta), windows: [], madeAt: now },
        past: { suffixes },
      }));
  }

  /** Windows that are still kept. */
  private suffixesOf(
    name: string,
    at: number,
    named: readonly CountWindow[],
    now: number,
  ): string[] {
    const { windows, retention } = this.parts;
    return (windows.of(name, named)?.windows ?? []).flatMap((window) => {
      const { start, end } = this.calendar.spanOf(window, at);
      const isGone = retention[window] > 0 && end + retention[window] <= now;
      return isGone ? [] : [bucketSuffix({ window, start })];
    });
  }
}

/** Behind a wrong event nothing is read: what came before is counted. */
async function* blocksOf(events: AsyncIterable<LoggedEvent>): AsyncGenerator<LoggedEvent[]> {
  let block: LoggedEvent[] = [];
  let increments = 0;
  let failure: { error: unknown } | undefined;
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        failure = { error };
        return undefined;
      });
      if (next === undefined || next.done === true) break;
      block.push(next.value);
      increments += next.value.counters.length;
      if (block.length < MOST_EVENTS && increments < MOST_INCREMENTS) continue;
      yield block;
      block = [];
      increments = 0;
    }
    if (block.length > 0) yield block;
  } finally {
    await iterator.return?.();
  }
  if (failure !== undefined) throw failure.error;
}
