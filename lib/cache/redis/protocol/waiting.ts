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
  const [cursor, flat, ...facts] = reply as [string, string[], string, string, string];
  const [fence, generation, batchSeq] = facts.map((fact) => (fact === '' ? undefined : fact));
  const of = asked.startsWith('b') ? { claimed: true } : {};
  const entries: WaitingPage['entries'] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [name, delta] = [flat[i] ?? '', flat[i + 1] ?? '0'];
    // notes of the last calls, and fields of the batch
    if (name.startsWith(' ')) continue;
    if (window !== undefined || !name.includes(BUCKET_SEPARATOR))
      entries.push({ name, delta, ...of });
  }
  return {
    ...{ entries, generation, fence: numberOf(fence), batchSeq: numberOf(batchSeq) },
    cursor: cursor === '' ? undefined : cursor,
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
