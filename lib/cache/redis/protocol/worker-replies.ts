import { whole } from './checked.js';
import { readDetails, seenFor } from '../../processes.js';
import type { Beat, Lead, SeenRules, SeenProcess } from '../../processes.js';

const ENTRY = /^(\d{1,15}) (.*)$/s;

export function parseProcesses(reply: unknown): SeenProcess[] {
  const [time, flat, since] = reply as [string, string[], string];
  const now = whole(time);
  return flat.flatMap((entry, place): SeenProcess[] => {
    const [, seen, text = ''] = (place % 2 === 1 && ENTRY.exec(entry)) || [];
    const details = readDetails(text);
    if (details === undefined) return [];
    const seenAt = Number(seen);
    return [{ ...details, ...seenFor(seenAt, Number(since), now) }];
  });
}

export function parseBeat(reply: unknown): Beat {
  const [ledFor, rules] = reply as [string, unknown];
  return { ledFor: whole(ledFor), rules: parseRules(rules) };
}

/** With the fences of all `partitions`, where the script looked at all and none needs a sweep. */
export function parseLead(reply: unknown, partitions: number): Lead {
  const [leftFor, isDeputy, ...fences] = (reply as unknown[]).map(Number) as [number, number];
  const lead = { leftFor, isDeputy: isDeputy === 1 };
  return fences.length === partitions ? { ...lead, quiet: fences } : lead;
}

export const parseRules = (reply: unknown): SeenRules[] =>
  (reply as string[]).flatMap((said, place, { [place + 1]: age }) =>
    place % 2 === 0 ? [{ said, age: whole(age) }] : [],
  );
