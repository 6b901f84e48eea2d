import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import type { WaitingNames, WaitingPage } from '../../counter-cache.js';
import { patternOf } from './requests.js';

/** About how many entries a page looks at: what does not match costs no answer. */
const PAGE = 2000;

export function waitingArguments({ prefix, window }: WaitingNames, cursor: string): string[] {
  const ofBucket = window === undefined ? '' : `${BUCKET_SEPARATOR}${window}*`;
  return [cursor, String(PAGE), `${patternOf(prefix)}${ofBucket}`];
}

export function parseWaiting(reply: unknown, { window }: WaitingNames): WaitingPage {
  const [cursor, flat] = reply as [string, string[]];
  const entries = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [name = '', delta = '0'] = flat.slice(i, i + 2);
    // notes of the last calls, and fields of the batch
    if (name.startsWith(' ')) continue;
    if (window !== undefined || !name.includes(BUCKET_SEPARATOR)) entries.push({ name, delta });
  }
  return { entries, cursor: cursor === '' ? undefined : cursor };
}
