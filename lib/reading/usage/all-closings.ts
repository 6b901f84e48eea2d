import {
  type ClosedRange,
  type Closing,
  type Closings,
  MOST_CLOSINGS,
} from '../../database/closing/closings.js';
import { InvalidArgumentError } from '../../errors.js';

/** All closed windows of a name in a range; throws where there are more than are read at once. */
export async function allClosings(
  closings: Pick<Closings, 'find'>,
  name: string,
  range: ClosedRange,
): Promise<Closing[]> {
  const found = await closings.find(name, range);
  if (found.length < MOST_CLOSINGS) return found;
  throw new InvalidArgumentError(
    `from and to must have fewer than ${MOST_CLOSINGS} closed windows between them: ask for a shorter time`,
  );
}
