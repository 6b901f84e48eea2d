import type { CountedRow, OnceKey } from '../../cache/counter-cache.js';
import type { Windows } from '../../windows/windows.js';
import type { CountWindow, OwnBucket } from '../../words/bucket-name.js';
import type { Partitioner } from '../../words/partitioner.js';

/** An increment that was checked. */
export interface Addition {
  name: string;
  /** @default 1 */
  delta?: number | bigint | undefined;
  idempotencyKey?: string | undefined;
  /** The key under which it counts once. */
  once?: OnceKey | undefined;
  /** Windows to count it in, beside those configured for the counter. */
  windows?: readonly CountWindow[] | undefined;
  /** With `madeAt`: a window with a time zone or a first day of its own to count it in too. */
  own?: OwnBucket | undefined;
  /** Whether it counts in windows at all. @default true */
  inWindows?: boolean | undefined;
  /** With `madeAt`: the row of the outbox that it counts. */
  row?: CountedRow | undefined;
  /** When it was made: it counts in the windows of that moment, and joins no other one. @default now */
  madeAt?: number | undefined;
}

export interface BufferSettings {
  partitionOf: Partitioner;
  windows: Windows;
  /** Number of slots (`maxBufferedNames`). */
  limit: number;
}
