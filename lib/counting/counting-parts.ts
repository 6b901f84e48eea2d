import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../persistence/counter-store.js';
import type { CountReader } from '../reading/count-reader.js';
import type { Calendar } from '../calendar/calendar.js';
import type { Flusher } from './flusher.js';
import type { IncrementBuffer } from './increment-buffer.js';
import type { Increments } from './increments.js';
import type { StatusReporter } from './status.js';

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
  /** Default of `updateInterval`, in milliseconds. */
  updateInterval: number;
}
