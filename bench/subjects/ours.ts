/** The subjects that are this package. */
export const OURS: ReadonlySet<string> = new Set([
  'addCommands',
  'capacityCosts',
  'capacityLoad',
  'countingEndpoint',
  'drainer',
  'endpoints',
  'fastcounter',
  'forgotten',
  'getCounts',
  'idleDeployment',
  'lightLoad',
  'persister',
  'topOfDay',
  'usageOfMonth',
]);
