import type { CountWindow, OwnBucket } from '../words/bucket-name.js';
import type { Bounds } from '../cache/counter-cache.js';

/** Between which a total has to stay, or what is counted in the window of now. */
export interface Limits extends Pick<Bounds, 'min' | 'max'> {
  window?: CountWindow;
  /** The window, where it has a time zone or a first day of its own. */
  own?: OwnBucket;
}
