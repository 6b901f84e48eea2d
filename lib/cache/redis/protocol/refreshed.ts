import type { Refreshed } from '../../counter-cache.js';

/** About how many cached values a page looks through. */
const PAGE = 2000;

/** Without names, all cached values are meant. */
export const refreshArguments = (
  names: readonly string[] | undefined,
  cursor: string,
): string[] => [names === undefined ? '' : JSON.stringify(names), cursor, String(PAGE)];

export function parseRefreshed(reply: unknown): Refreshed {
  const [cursor, near] = reply as [string, string[]];
  return { near, cursor: cursor === '' ? undefined : cursor };
}
