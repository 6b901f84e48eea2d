import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import type { WaitingNames, WaitingPage } from '../../counter-cache.js';
import { patternOf } from './requests.js';

/** About how many entries a page looks at: what does not match costs no answer. */
const PAGE = 2000;

export function waitingArguments({ prefix, window }: WaitingNames, cursor: string): string[] {
  const ofBucket = window === undefined ? '' : `${BUCKET_SEPARATOR}${window}*`;
  return [cursor, String(PAGE), `${patternOf(prefix)}${ofBucket}`];
}

/** `asked`: the cursor of this page. */
export function parseWaiting(reply: unknown, { window }: WaitingNames, asked: string): WaitingPage {
  const [cursor, names, deltas, ...facts] = reply as [string, string, string, ...string[]];
  const [fence, generation, batchSeq] = facts.map((fact) => (fact === '' ? undefined : fact));
  const of = asked.startsWith('b') ? { claimed: true } : {};
  const each = deltas.split(' ');
  const entries: WaitingPage['entries'] = [];
  for (const [place, name] of (names === '' ? [] : names.split('\n')).entries()) {
    if (window !== undefined || !name.includes(BUCKET_SEPARATOR))
      entries.push({ name, delta: each[place] ?? '0', ...of });
  }
  return {
    ...{ entries, generation, fence: numberOf(fence), batchSeq: numberOf(batchSeq) },
    cursor: cursor === '' ? undefined : cursor,
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
