import { InvalidArgumentError, quote } from '../errors.js';
import { readOptions } from '../words/read-options.js';
import { checkManyNames, checkText } from './arguments.js';
import { checkCounterName } from './counter-name.js';
import type { ChangeOptions } from './counter.types.js';

const MOST_OF_BY = 255;
const MOST_OF_REASON = 1000;

/** The options that every method has which changes totals by hand. */
export const OF_CHANGE: readonly (keyof ChangeOptions)[] = ['by', 'reason'];

/** Of a method that has no other option; a copy. */
export function readChange(options: unknown, method: string): ChangeOptions {
  if (options === undefined) return {};
  return checkChange(readOptions<ChangeOptions>(options, new Set(OF_CHANGE), method));
}

/** Only what was given. */
export function checkChange({ by, reason }: ChangeOptions): ChangeOptions {
  if (by !== undefined) checkText(by, 'by', MOST_OF_BY);
  if (reason !== undefined) checkText(reason, 'reason', MOST_OF_REASON);
  return { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
}

/** Options of `CounterService.rename()` and `merge()`. @publicApi */
export interface MoveOptions extends ChangeOptions {
  /**
   * For how many milliseconds increments of the old names still go to the new one: those of processes that do not know it yet. 60,000 to
   * 3,024,000,000, which is 35 days. @default 3_600_000, an hour
   */
  follow?: number | undefined;
}

/** Options of `CounterService.changes()`. @publicApi */
export interface ChangesOptions {
  /** The cursor of the last change that was written down. @default none: every row is told first */
  after?: string | undefined;
}

const OF_CHANGES: ReadonlySet<keyof ChangesOptions> = new Set(['after']);

/** Where to begin. */
export function checkChangesOptions(options: unknown): string | undefined {
  const { after } = readOptions<ChangesOptions>(options ?? {}, OF_CHANGES, 'changes()');
  if (after === undefined || typeof (after as unknown) === 'string') return after;
  throw new InvalidArgumentError(`after must be the cursor of a change, not ${quote(after)}`);
}

const HOUR = 3_600_000;
const SHORTEST = 60_000;
const LONGEST = 35 * 24 * HOUR;
const OF_MOVE: ReadonlySet<keyof MoveOptions> = new Set(['follow', ...OF_CHANGE]);

/** Names that are to be moved, each once. Throws where the one that they are moved to is among them. */
export async function checkMoved(names: unknown, into: unknown, method: string): Promise<string[]> {
  checkCounterName(into);
  const given = new Set(await checkManyNames(names));
  if (given.has(into)) {
    throw new InvalidArgumentError(
      `${method} needs another counter to move to than ${quote(into)}`,
    );
  }
  return [...given];
}

/** Fills in for how many milliseconds increments of the old names are moved too. */
export function checkMoveOptions(
  options: unknown,
  method: string,
): { follow: number; change: ChangeOptions } {
  const given = readOptions<MoveOptions>(options ?? {}, OF_MOVE, method);
  const { follow = HOUR } = given;
  if (Number.isInteger(follow) && follow >= SHORTEST && follow <= LONGEST) {
    return { follow, change: checkChange(given) };
  }
  throw new InvalidArgumentError(
    `follow must be a whole number from ${SHORTEST} to ${LONGEST}, in milliseconds, not ${quote(follow)}`,
  );
}
