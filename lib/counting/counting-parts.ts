import type { CounterEvents } from '../events.js';
import type { Closings } from '../database/closing/closings.js';
import type { CounterStore } from '../database/counter-store.js';
import type { LateWindows } from '../persisting/late-windows.js';
import type { CountReader } from '../reading/count-reader.js';
import type { ChangeReader } from '../reading/changes/change-reader.js';
import type { Refresher } from '../reading/refresher.js';
import type { CounterFamilies } from '../reading/counter-families.js';
import type { TopReader } from '../reading/top-reader.js';
import type { ClosedUsage } from '../reading/usage/closed-usage.js';
import type { Calendar } from '../windows/calendar.js';
import type { Flusher } from '../operating/flusher.js';
import type { CounterMoves } from './correcting/counter-moves.js';
import type { EventsImport } from './correcting/import-events.js';
import type { WindowCorrections } from './correcting/window-corrections.js';
import type { Erasing } from './correcting/erasing.js';
import type { CountWatch } from './count-watch.js';
import type { IncrementBuffer } from './buffer/increment-buffer.js';
import type { Increments } from './buffer/increments.js';
import type { StatusReporter } from '../operating/status/status.js';
import type { Windows } from '../windows/windows.js';
import type { CountWindow } from '../words/bucket-name.js';

export type { ClosedRange, Closing } from '../database/closing/closings.js';

/** What the service stands on; the module puts it together. */
export interface CountingParts {
  increments: Increments;
  buffer: IncrementBuffer;
  reader: Pick<CountReader, 'read' | 'readSettled' | 'warm'>;
  watches: Pick<CountWatch, 'watch'>;
  top: Pick<TopReader, 'read'>;
  usage: Pick<ClosedUsage, 'read'>;
  changes: Pick<ChangeReader, 'read'>;
  refresher: Pick<Refresher, 'refresh'>;
  families: Pick<CounterFamilies, 'withPrefix'>;
  moves: Pick<CounterMoves, 'move'>;
  imports: Pick<EventsImport, 'run'>;
  corrections: Pick<WindowCorrections, 'correct' | 'list'>;
  erasing: Pick<Erasing, 'run'>;
  flusher: Pick<Flusher, 'flush'>;
  /** Counts all that was committed before, by whichever process. Rejects where some of it cannot be counted now. */
  settle: () => Promise<void>;
  reporter: Pick<StatusReporter, 'status'>;
  store: Pick<CounterStore, 'list' | 'aggregate'>;
  closings: Closings;
  lateWindows: Pick<LateWindows, 'take'>;
  calendar: Calendar;
  events: CounterEvents;
  windows: Windows;
  /** Milliseconds for which windows are kept from their end on; 0 for ever. */
  retention: Readonly<Record<CountWindow, number>>;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}
