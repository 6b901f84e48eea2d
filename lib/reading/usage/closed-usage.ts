import type { CounterStore, PartRow } from '../../database/counter-store.js';
import { plus } from '../../words/int64.js';
import { allClosings } from './all-closings.js';
import {
  pageOf,
  rangeOf,
  type UsageAsked,
  type UsagePage,
  type UsageReader,
} from './usage-reader.js';

/** A page, and whether its numbers never change. */
export interface FinalPage extends UsagePage {
  final: boolean;
}

type Windows = NonNullable<UsageAsked['windows']>;

/** Parts of a metered name where windows may be closed: those have the numbers that they were closed with, whatever came later. */
export class ClosedUsage {
  constructor(
    private readonly open: Pick<UsageReader, 'read'>,
    private readonly store: Pick<CounterStore, 'parts' | 'closings'>,
  ) {}

  async read(asked: UsageAsked): Promise<FinalPage> {
    const { windows } = asked;
    const mayBeClosed = windows !== undefined && asked.mayBeClosed;
    const closed = mayBeClosed ? await this.closedOf(asked.name, windows) : new Set<number>();
    if (windows === undefined || closed.size === 0) {
      return { ...(await this.open.read(asked)), final: false };
    }
    const starts = windows.starts.filter((start) => !closed.has(start));
    // a window that is closed from now on is read as it was found: open
    const known = { ...windows, starts: windows.starts.filter((start) => closed.has(start)) };
    if (starts.length === 0) return { ...(await this.closedParts(asked, known, [])), final: true };
    const pages = await Promise.all([
      this.closedParts(asked, known, starts),
      this.open.read({ ...asked, windows: { ...windows, starts }, except: [...closed] }),
    ]);
    return { ...joined(pages, asked.limit), final: false };
  }

  /** When those of these windows begin that are closed. */
  private async closedOf(name: string, windows: Windows): Promise<ReadonlySet<number>> {
    const { closings } = this.store;
    if (!(await closings.exists())) return new Set();
    const found = await allClosings(closings, name, rangeOf(windows));
    return new Set(found.map(({ start }) => start));
  }

  /** `except`: when those begin that were found open, and may be closed by now. */
  private async closedParts(
    asked: UsageAsked,
    windows: Windows,
    except: readonly number[],
  ): Promise<UsagePage> {
    const { prefix, pieces, after, limit } = asked;
    const { rows } = await this.store.parts({
      ...{ prefix, pieces, after, limit: limit + 1, partitions: [0] },
      windows: { ...rangeOf(windows), closed: { only: true, except } },
    });
    return pageOf(rows, asked);
  }
}

/** Pages of the same names as one: it ends where the first of them ends. */
function joined(pages: readonly UsagePage[], limit: number): UsagePage {
  const ends = pages.flatMap(({ next }) => (next === undefined ? [] : [Buffer.from(next)]));
  const [end] = ends.sort((one, other) => Buffer.compare(one, other));
  const sums = new Map<string, { bytes: Buffer; part: PartRow }>();
  for (const { name, value } of pages.flatMap(({ parts }) => parts)) {
    const bytes = Buffer.from(name);
    if (end !== undefined && Buffer.compare(bytes, end) > 0) continue;
    const known = sums.get(name)?.part.value ?? 0;
    sums.set(name, { bytes, part: { name, value: plus(known, value) } });
  }
  const found = [...sums.values()].sort((one, other) => Buffer.compare(one.bytes, other.bytes));
  const page = found.slice(0, limit);
  const next = found.length > limit ? page.at(-1)?.part.name : end?.toString();
  const parts = page.map(({ part }) => part).filter(({ value }) => Number(value) !== 0);
  return next === undefined ? { parts } : { parts, next };
}
