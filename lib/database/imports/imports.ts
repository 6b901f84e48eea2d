import { outboxIds } from '../outbox/outbox-id.js';
import type { OutboxRow } from '../outbox/outbox.js';

/** Characters of a digest. */
export const DIGEST_LENGTH = 16;
/** Events of a row: their digests are less than 64 KiB. */
const MOST_IN_ROW = 4000;
/** Rows that are read together. */
export const PAGE = 50;
/** Rows of the outbox that are written together. */
export const WRITTEN = 1000;

/** An event that is to count once. */
export interface ImportedEvent {
  /** What tells it from all others. */
  digest: string;
  /** When it was: milliseconds since 1970. Events with one digest have one time. */
  at: number;
}

/** Answers what is to be counted of those events that were not imported before. */
export type CountedOf = (isNew: (digest: string) => boolean) => readonly OutboxRow[];

/** Events of logs that were imported. Throws as the methods of `CounterStore` do. */
export interface EventImports {
  /** Whether the table is there: it comes with version 2 of the schema. */
  exists(): Promise<boolean>;
  /**
   * Notes those of these events that were not imported before, and writes to the outbox what is to be counted of them, in one transaction.
   * Answers how many they were; undefined where another import is writing, and nothing was changed. `countedOf` may be called more
   * than once.
   */
  take(events: readonly ImportedEvent[], countedOf: CountedOf): Promise<number | undefined>;
}

/** A row: some events that follow one another. */
export interface ImportRow {
  id: string;
  /** Milliseconds since 1970. */
  begins: number;
  ends: number;
  digests: string;
  madeAt: number;
}

/** Which rows to read: those that may hold events of a time. */
export interface ImportRange {
  begins: number;
  ends: number;
  /** The last row of the page before. */
  after?: { id: string; ends: number } | undefined;
}

/** A row as the statements of every engine answer it: texts alone. */
export interface FoundImport {
  id: string;
  /** Milliseconds since 1970. */
  ends: string;
  digests: string;
}

const idOf = outboxIds();

/** Events, of which those are left that are new. */
export class FreshEvents {
  private readonly left: Map<string, number>;
  readonly begins: number;
  readonly ends: number;

  constructor(events: readonly ImportedEvent[]) {
    this.left = new Map(events.map(({ digest, at }) => [digest, at]));
    let [begins, ends] = [Infinity, -Infinity];
    for (const at of this.left.values()) {
      begins = Math.min(begins, at);
      ends = Math.max(ends, at);
    }
    this.begins = begins;
    this.ends = ends;
  }

  get size(): number {
    return this.left.size;
  }

  has = (digest: string): boolean => this.left.has(digest);

  /** Those of a row were imported before. */
  drop(digests: string): void {
    for (let at = 0; at < digests.length && this.left.size > 0; at += DIGEST_LENGTH) {
      this.left.delete(digests.slice(at, at + DIGEST_LENGTH));
    }
  }

  /** In the order of times: a later import then finds few rows of the same time. */
  rows(): ImportRow[] {
    const sorted = [...this.left].sort(([, one], [, other]) => one - other);
    const rows: ImportRow[] = [];
    const madeAt = Date.now();
    for (let from = 0; from < sorted.length; from += MOST_IN_ROW) {
      const part = sorted.slice(from, from + MOST_IN_ROW);
      const [begins, ends] = [part[0]?.[1] ?? 0, part.at(-1)?.[1] ?? 0];
      const digests = part.map(([digest]) => digest).join('');
      rows.push({ id: idOf(madeAt), begins, ends, digests, madeAt });
    }
    return rows;
  }
}
