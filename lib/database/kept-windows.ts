import type { BucketWindow } from '../words/bucket-name.js';
import type { PartsWindows } from './row-queries.js';

/** A row of a window. */
export interface KeptWindow {
  namespace: string;
  name: string;
  window: BucketWindow;
  startsAt: Date;
  value: bigint;
}

export const isOfClosed = (windows: PartsWindows | undefined): boolean =>
  windows?.closed !== undefined && 'only' in windows.closed;

/** The windows that are left out. */
export const exceptOf = ({ closed }: PartsWindows): readonly number[] =>
  (closed !== undefined && 'except' in closed ? closed.except : undefined) ?? [];
