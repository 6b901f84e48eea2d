/** The subjects that are this package. */
export const OURS: ReadonlySet<string> = new Set([
  'endpoints',
  'fastcounter',
  'forgotten',
  'getCounts',
  'persister',
]);
