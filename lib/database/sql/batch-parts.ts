import type { SqlConnection } from '../dialects/sql-connection.js';
import type { BatchEntry } from '../../cache/counter-cache.js';
import type { Int64String } from '../../words/int64.js';
import type { Refusal } from '../../cache/parcels.js';
import { DatabaseUnavailableError } from '../../errors.js';
import type { RowKind, SqlDialect } from '../dialects/sql-dialect.js';
import { kindOf, madeUp, Refusals, refusesEvery } from './refusals.js';
import { underSavepoint } from './savepoint.js';

/** Rows that are refused, while none is taken, before a trial row shows whether the database takes any. */
const SUSPICIOUS = 20;

type Entry = Pick<BatchEntry, 'name' | 'delta'>;

interface Outcome {
  values: Map<string, Int64String>;
  leftOut: string[];
  refused: Refusal[];
}

/**
 * Adds a batch part by part, in a transaction of the caller's: a part that the database refuses, or that takes too long, is
 * halved, down to the rows that it refuses for good. Those are left out, and the others stay.
 *
 * A row is only left out where the database takes others of its table: of this batch, or else one that is tried and
 * taken back. Where it takes none, it is the database that is wrong, and nothing is put aside.
 */
export class BatchParts {
  private readonly values = new Map<string, Int64String>();
  private readonly leftOut: string[] = [];
  private readonly refusals = new Refusals();
  private readonly refusedRows = { counter: 0, bucket: 0 };
  private readonly lastRefused: Partial<Record<RowKind, Error>> = {};
  private readonly taken = { counter: false, bucket: false };

  constructor(
    private readonly connection: SqlConnection,
    private readonly dialect: SqlDialect,
    private readonly namespace: string,
    /** Called after each statement: there are many. */
    private readonly renew: () => void,
  ) {}

  async add(entries: readonly Entry[]): Promise<Outcome> {
    await this.addPart(entries, entries);
    for (const kind of ['counter', 'bucket'] as const) {
      const last = this.lastRefused[kind];
      if (last !== undefined) await this.expectSomeTaken(kind, last, entries);
    }
    const { values, leftOut } = this;
    return { values, leftOut, refused: this.refusals.list() };
  }

  /** Removes rows that are at zero. Answers which ones the database refuses to remove. */
  async remove(names: readonly string[]): Promise<Refusal[]> {
    const refused = new Refusals();
    const removePart = async (part: readonly string[]): Promise<void> => {
      if (part.length === 0) return;
      const error = await this.attempt(() =>
        this.dialect.removeZeroRows(this.connection, this.namespace, part),
      );
      if (error === undefined) return;
      if (part.length > 1) return eachHalf(part, removePart);
      if (!this.dialect.isRefusal(error)) throw error;
      refused.note(error, part[0] ?? '');
    };
    await removePart(names);
    return refused.list();
  }

  private async addPart(part: readonly Entry[], all: readonly Entry[]): Promise<void> {
    const [entry] = part;
    if (entry === undefined) return;
    const error = await this.attempt(async () => {
      const added = await this.dialect.addDeltas(this.connection, this.namespace, part);
      for (const [name, value] of added.values) this.values.set(name, value);
      this.leftOut.push(...added.leftOut);
    });
    if (error === undefined) for (const { name } of part) this.taken[kindOf(name)] = true;
    else if (part.length > 1) await eachHalf(part, (half) => this.addPart(half, all));
    else await this.refuse(entry.name, error, all);
  }

  private async refuse(name: string, error: Error, all: readonly Entry[]): Promise<void> {
    // a row that takes too long is not refused
    if (!this.dialect.isRefusal(error)) throw error;
    const kind = kindOf(name);
    this.lastRefused[kind] = error;
    this.refusals.note(error, name);
    if (++this.refusedRows[kind] === SUSPICIOUS) await this.expectSomeTaken(kind, error, all);
  }

  /** Rejects when the database takes no row of this kind at all. */
  private async expectSomeTaken(kind: RowKind, error: Error, all: readonly Entry[]): Promise<void> {
    if (this.taken[kind]) return;
    const names = all.map(({ name }) => name).filter((name) => kindOf(name) === kind);
    const there = await this.dialect.anotherRow(this.connection, this.namespace, kind, names);
    this.renew();
    const tries: Entry[] = there === undefined ? [] : [{ name: there, delta: '0' }];
    tries.push({ name: madeUp(names[0] ?? ''), delta: '1' });
    for (const tried of tries) {
      const refused = await this.attempt(
        () => this.dialect.addDeltas(this.connection, this.namespace, [tried]),
        'taken back',
      );
      if (refused === undefined) {
        this.taken[kind] = true;
        return;
      }
    }
    throw new DatabaseUnavailableError(refusesEvery(kind, error), { cause: error });
  }

  private attempt(
    run: () => Promise<unknown>,
    then: 'kept' | 'taken back' = 'kept',
  ): Promise<Error | undefined> {
    return underSavepoint(this.connection, this.dialect, run, then).finally(() => this.renew());
  }
}

async function eachHalf<Item>(
  items: readonly Item[],
  run: (half: readonly Item[]) => Promise<void>,
): Promise<void> {
  const middle = Math.ceil(items.length / 2);
  await run(items.slice(0, middle));
  await run(items.slice(middle));
}
