import type { Bucket } from '../words/bucket-name.js';
import type { StoreProblem } from '../cache/counter-cache.js';

export const splitWindowsWarning = ({ window, start }: Bucket): StoreProblem => ({
  kind: 'warning',
  message:
    'Version 0.1.0 split windows into two rows. There are such rows: ' +
    `no ${window} begins at ${new Date(start).toISOString()} in this time zone. ` +
    'Join them by joinMisplacedBuckets(), in a migration',
});
