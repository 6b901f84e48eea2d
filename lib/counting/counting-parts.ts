import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../persistence/counter-store.js';
import type { CountReader } from '../reading/count-reader.js';
import type { Calendar } from '../calendar/calendar.js';
import type { Flusher } from './flusher.js';
import type { IncrementBuffer } from './increment-buffer.js';
import type { Increments } from './increments.js';
import type { StatusReporter } from './status.js';
import type { CountWindow, Windows } from './windows.js';

/** What the service stands on; the module puts it together. */
export interface CountingParts {
  increments: Increments;
  buffer: IncrementBuffer;
  reader: CountReader;
  flusher: Flusher;
  reporter: StatusReporter;
  store: CounterStore;
  calendar: Calendar;
  events: CounterEvents;
  windows: Windows;
  /** Milliseconds for which windows are kept from their end on; 0 for ever. */
  retention: Readonly<Record<CountWindow, number>>;
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}
