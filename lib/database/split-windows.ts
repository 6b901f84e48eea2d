import type { Bucket } from '../words/bucket-name.js';
import type { StoreProblem } from '../cache/counter-cache.js';

export const splitWindows = ({ window, start }: Bucket): StoreProblem => ({
  kind: 'warning',
  message:
    `Windows are split into two rows, which version 0.1.0 wrote: no ${window} begins at ` +
    `${new Date(start).toISOString()} in this time zone. Join them by joinMisplacedBuckets(), in a migration`,
});
