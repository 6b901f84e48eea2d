/** See limit.mjs. */
export function limitProcessors(processors: number): {
  wrap: (command: string, args: readonly string[]) => [string, string[]];
  remove: () => Promise<void>;
};
