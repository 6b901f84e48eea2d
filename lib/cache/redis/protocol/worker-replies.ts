import { whole } from './checked.js';
import { readDetails, type SeenRules, type SeenWorker } from '../../workers.js';

const ENTRY = /^(\d{1,15}) (.*)$/s;

export function parseWorkers(reply: unknown): SeenWorker[] {
  const [time, flat] = reply as [string, string[]];
  const now = whole(time);
  return flat.flatMap((entry, place): SeenWorker[] => {
    const [, seen, text = ''] = (place % 2 === 1 && ENTRY.exec(entry)) || [];
    const details = readDetails(text);
    if (details === undefined) return [];
    const seenAt = Number(seen);
    return [{ ...details, seenAt: new Date(seenAt), age: now - seenAt }];
  });
}

export const parseRules = (reply: unknown): SeenRules[] =>
  (reply as string[]).flatMap((said, place, { [place + 1]: age }) =>
    place % 2 === 0 ? [{ said, age: whole(age) }] : [],
  );
