import { readOptions } from '../words/read-options.js';
import { checkText } from './arguments.js';
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
