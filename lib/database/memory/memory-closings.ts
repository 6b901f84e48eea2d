import { bucketName, bucketSuffix, parseName } from '../../words/bucket-name.js';
import { CounterOverflowError } from '../../errors.js';
import { inRange, type Int64String } from '../../words/int64.js';
import type { CorrectedPart } from '../closing/closing-statements.js';
import { carriedRows, lateRows, takenBack } from '../closing/closing-rows.js';
import { baseOf, bucketOf, partsOfRows } from '../closing/closed-parts.js';
import {
  type ClosedRange,
  type ClosedWindow,
  type Closing,
  type Closings,
  type LateRow,
  MOST_CLOSINGS,
} from '../closing/closings.js';
import type { OutboxRow } from '../outbox/outbox.js';
import type { MemoryTables } from './memory-tables.js';

/** Each method that answers at once is a transaction. */
export class MemoryClosings implements Closings {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  close(closed: ClosedWindow, id: string, by: string, end?: number): Promise<Closing | undefined> {
    const known = this.kept.closings.find((it) => isSame(it, closed));
    if (known !== undefined) return Promise.resolve(known);
    if (end !== undefined && this.isWaiting(closed, end)) return Promise.resolve(undefined);
    const closing = { ...closed, id, by, closedAt: new Date(this.tables.now()) };
    this.kept.closings.push(closing);
    for (const { bucket, value } of this.bucketsOf(closed))
      this.kept.closed.set(bucket, { value, rowValue: value });
    return Promise.resolve(closing);
  }

  find(name: string, range: ClosedRange): Promise<Closing[]> {
    const found = this.kept.closings.filter((it) => it.name === name && isWithin(it, range));
    return Promise.resolve(found.sort((one, other) => one.start - other.start));
  }

  since(time: number, skipped = 0): Promise<Closing[]> {
    const found = this.kept.closings.filter(({ start }) => start > time);
    found.sort((one, other) => other.start - one.start);
    return Promise.resolve(found.slice(skipped, skipped + MOST_CLOSINGS));
  }

  takeLate(closed: ClosedWindow, carryTo: number | undefined, limit: number): Promise<LateRow[]> {
    const rows = this.tables.rowsOf(this.namespace);
    const differing = this.bucketsOf(closed)
      .map(({ name, bucket, value }) => {
        const expected = this.kept.closed.get(bucket)?.rowValue ?? 0n;
        return { name, value: String(value), closed: String(expected) };
      })
      .filter((each) => each.value !== each.closed);
    const taken = lateRows(closed, carryTo, differing.slice(0, limit));
    for (const { name, delta } of takenBack(taken)) {
      const row = rows.get(name);
      if (row !== undefined) rows.set(name, { ...row, value: row.value + BigInt(delta) });
    }
    this.kept.late.push(...taken);
    this.tables.outboxOf(this.namespace).push(...carriedRows(taken));
    return Promise.resolve(taken);
  }

  number(part: ClosedWindow): Promise<Int64String> {
    return Promise.resolve(String(this.kept.closed.get(bucketOf(part))?.value ?? 0n));
  }

  late(
    name: string,
    range: ClosedRange,
    { after = '', limit }: { after?: string | undefined; limit: number },
  ): Promise<LateRow[]> {
    const found = this.kept.late.filter(
      (row) => row.id > after && isPartOf(row.name, name) && isWithin(row, range),
    );
    return Promise.resolve(found.slice(0, limit));
  }

  changedSince(
    time: number,
    { after, limit }: { after: string; limit: number },
  ): Promise<string[]> {
    const late = this.kept.late.filter(({ noticedAt }) => noticedAt.getTime() >= time);
    const corrected = this.tables
      .correctionsOf(this.namespace)
      .filter(({ madeAt, closed }) => madeAt >= time && closed.length > 0);
    const names = new Set([...late, ...corrected].map(({ name }) => name));
    const behind = [...names].filter((name) => name > after);
    return Promise.resolve(behind.sort().slice(0, limit));
  }

  /** As that of `SqlClosedRows`. */
  closedOf(counted: readonly OutboxRow[]): CorrectedPart[] {
    return partsOfRows(counted).filter((part) =>
      this.kept.closings.some((it) => isSame(it, { ...part, name: baseOf(part.name) })),
    );
  }

  correct(closed: readonly CorrectedPart[]): string[] {
    const rows = this.tables.rowsOf(this.namespace);
    const now = this.tables.now();
    const heldBy = (part: ClosedWindow): bigint => rows.get(bucketOf(part))?.value ?? 0n;
    const over = closed.find((part) => !inRange(heldBy(part) + BigInt(part.delta)));
    if (over !== undefined) throw new CounterOverflowError(over.name);
    for (const part of closed) {
      const bucket = bucketOf(part);
      const added = BigInt(part.delta);
      const row = rows.get(bucket) ?? { value: 0n, createdAt: now, updatedAt: now };
      rows.set(bucket, { ...row, value: row.value + added, updatedAt: now });
      const { value, rowValue } = this.kept.closed.get(bucket) ?? { value: 0n, rowValue: 0n };
      this.kept.closed.set(bucket, { value: value + added, rowValue: rowValue + added });
    }
    return closed.map(bucketOf);
  }

  private isWaiting(closed: ClosedWindow, end: number): boolean {
    const suffix = bucketSuffix(closed);
    return this.tables.outboxOf(this.namespace).some((row) => {
      const { name, moved, past, madeAt } = row;
      if (this.tables.refusedRows.has(row) || !isPartOf(name, closed.name)) return false;
      if (past !== undefined) return true;
      return moved === undefined ? madeAt < end : moved.suffix === suffix;
    });
  }

  private bucketsOf({ name, window, start }: ClosedWindow) {
    const suffix = bucketSuffix({ window, start });
    return Array.from(this.tables.rowsOf(this.namespace), ([bucket, { value }]) => ({
      ...{ name: parseName(bucket).counter, bucket, value },
    })).filter((row) => isPartOf(row.name, name) && row.bucket === bucketName(row.name, suffix));
  }

  private get kept() {
    return this.tables.closingsOf(this.namespace);
  }
}

const isSame = (one: ClosedWindow, other: ClosedWindow): boolean =>
  one.name === other.name && one.window === other.window && one.start === other.start;

const isWithin = (
  { window, start }: Pick<ClosedWindow, 'window' | 'start'>,
  range: ClosedRange,
): boolean => window === range.window && start >= range.first && start <= range.last;

const isPartOf = (counter: string, name: string): boolean =>
  counter === name || counter.startsWith(`${name}{`);
