import type { ChangeLog, LedgerHead } from '../../database/changes/change-log.js';
import type { CounterStore } from '../../database/counter-store.js';
import { InvalidArgumentError } from '../../errors.js';
import { ChangesMissedError } from '../../mismatch-errors.js';
import { type BucketWindow, parseName } from '../../words/bucket-name.js';
import { ChangePosition, type RowsPosition } from './change-cursor.js';

/** A counter, or a window of one, whose row has changed. @publicApi */
export interface CounterChanged {
  /** The counter. */
  name: string;
  /** The window of the counter; absent for its total. */
  window?: BucketWindow;
  /** When that window begins; absent for the total. */
  start?: Date;
  /** What the row holds now, which later changes may be part of; 0 where there is none. */
  value: bigint;
  /** There is no row any more. */
  deleted: boolean;
  /** Where to go on when this is written down. Of changes that were made together, the last one has a new one. */
  cursor: string;
}

/** Rows that are read together. */
const PAGE = 500;
/** Steps that are read together: of up to 500 names each. */
const STEPS = 20;

/** Tells every row once, and then what was changed since, from the log of changes. */
export class ChangeReader {
  constructor(
    private readonly store: Pick<CounterStore, 'list' | 'buckets' | 'read' | 'changeLog'>,
  ) {}

  async *read(after: string | undefined): AsyncGenerator<CounterChanged, void, undefined> {
    const { changeLog: log } = this.store;
    if (log === undefined) {
      throw new InvalidArgumentError(
        'changes() needs the option "keepChanges", in this process and in all processes with workers',
      );
    }
    const position = after === undefined ? await begin(log) : ChangePosition.parse(after);
    yield* this.rows(position);
    const heads = await log.heads();
    position.keep(heads);
    for (const head of heads) yield* this.steps(log, head, position);
  }

  /** All rows, from where it stopped. What changes meanwhile is behind the ledgers of the position, and told afterwards. */
  private async *rows(position: ChangePosition): AsyncGenerator<CounterChanged, void, undefined> {
    for (let { rows } = position; rows !== undefined; rows = position.rows) {
      const names = await this.page(rows);
      const next = behind(rows, names);
      yield* this.told(names, position, () => (position.rows = next));
    }
  }

  private async page({ of, after }: RowsPosition): Promise<string[]> {
    const behind = after === '' ? {} : { after };
    if (of === 'buckets') return this.store.buckets({ of: { prefix: '' }, limit: PAGE, ...behind });
    const listed = await this.store.list({
      ...{ order: 'name', direction: 'asc', limit: PAGE },
      ...(after !== '' && { after: { name: after, value: 0n } }),
    });
    return listed.map(({ name }) => name);
  }

  /** What a ledger has changed up to a seq that is committed: none of it can be missing, unless it is missed. */
  private async *steps(
    log: ChangeLog,
    head: LedgerHead,
    position: ChangePosition,
  ): AsyncGenerator<CounterChanged, void, undefined> {
    let seq = position.seqOf(head);
    if (seq > head.seq) throw new ChangesMissedError('the database went back behind it');
    while (seq < head.seq) {
      const { ledger, partition } = head;
      const steps = await log.steps({
        ledger,
        partition,
        after: seq,
        upTo: head.seq,
        limit: STEPS,
      });
      for (const step of steps) {
        if (step.since !== seq) throw missed();
        ({ seq } = step);
      }
      if (steps.length < STEPS && seq !== head.seq) throw missed();
      const names = [...new Set(steps.flatMap((step) => step.names))];
      const reached = seq;
      yield* this.told(names, position, () => position.move(head, reached));
    }
  }

  /** The last one has the cursor behind all of them: who stops before it is told all of them again. */
  private async *told(
    names: readonly string[],
    position: ChangePosition,
    move: () => void,
  ): AsyncGenerator<CounterChanged, void, undefined> {
    const before = position.toText();
    move();
    const after = position.toText();
    let left = names.length;
    for (let from = 0; from < names.length; from += PAGE) {
      const slice = names.slice(from, from + PAGE);
      const { values } = await this.store.read(slice, []);
      for (const name of slice) {
        const { counter, bucket } = parseName(name);
        const value = values.get(name);
        yield {
          name: counter,
          ...(bucket && { window: bucket.window, start: new Date(bucket.start) }),
          ...{ value: BigInt(value ?? 0), deleted: value === undefined },
          cursor: --left === 0 ? after : before,
        };
      }
    }
  }
}

/** Where the next page begins, counters before buckets; undefined when there is none. */
function behind({ of }: RowsPosition, names: readonly string[]): RowsPosition | undefined {
  const last = names.at(-1);
  if (last !== undefined && names.length === PAGE) return { of, after: last };
  return of === 'counters' ? { of: 'buckets', after: '' } : undefined;
}

async function begin(log: ChangeLog): Promise<ChangePosition> {
  const position = new ChangePosition();
  for (const head of await log.heads()) position.move(head, head.seq);
  position.rows = { of: 'counters', after: '' };
  return position;
}

const missed = (): ChangesMissedError =>
  new ChangesMissedError(
    'they are older than "keepChanges" says, or a process without this option has persisted counts',
  );
