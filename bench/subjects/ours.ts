/** The subjects that are this package. */
export const OURS: ReadonlySet<string> = new Set([
  'addCommands',
  'countingEndpoint',
  'drainer',
  'endpoints',
  'fastcounter',
  'forgotten',
  'getCounts',
  'idleDeployment',
  'lightLoad',
  'persister',
]);
