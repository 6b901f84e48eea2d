import { FastCounterError } from '../errors.js';
import { answer } from '../input/answer.js';
import { takeManyNames } from '../input/arguments.js';
import { checkCounterName } from '../input/counter-name.js';
import type { CountReader } from '../reading/count-reader.js';
import type { FoundTotal } from '../reading/found-totals.js';
import { inSlices } from '../words/slices.js';

/** What a counter is at, as its caller asked for it, or why that cannot be answered. */
export type SettledCount = number | bigint | FastCounterError;

/** Totals in the order of the names, with the error in the place of each that cannot be answered. */
export async function settledCounts(
  reader: Pick<CountReader, 'readSettled'>,
  given: unknown,
  bigint: boolean,
): Promise<SettledCount[]> {
  const counts: SettledCount[] = [];
  const names: string[] = [];
  const places: number[] = [];
  await inSlices(takeManyNames(given), (name, place) => {
    try {
      checkCounterName(name);
      names.push(name);
      places.push(place);
    } catch (error) {
      counts[place] = ours(error);
    }
  });
  const found = await reader.readSettled(names);
  await inSlices(found, (total, index) => {
    counts[places[index] ?? 0] = settledAnswer(names[index] ?? '', total, bigint);
  });
  return counts;
}

/** What was found of a counter, as its caller asked for it. */
export function settledAnswer(name: string, found: FoundTotal, bigint: boolean): SettledCount {
  if (found instanceof FastCounterError) return found;
  try {
    return answer(name, found, bigint);
  } catch (error) {
    return ours(error);
  }
}

/** Anything else is no error of one counter. */
function ours(error: unknown): FastCounterError {
  if (error instanceof FastCounterError) return error;
  throw error;
}
