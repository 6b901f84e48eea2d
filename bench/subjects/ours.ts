/** The subjects that are this package. */
export const OURS: ReadonlySet<string> = new Set([
  'addCommands',
  'endpoints',
  'fastcounter',
  'forgotten',
  'getCounts',
  'persister',
]);
