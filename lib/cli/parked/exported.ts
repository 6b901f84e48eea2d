import type { ParkedCount } from '../../operating/parked-entry.js';
import { readLines, writeLines } from '../output/lines.js';

/** An entry as a line of the file has it. */
type Line = Omit<ParkedCount, 'delta' | 'start' | 'value'> & {
  delta: number | string;
  value?: number | string;
  start?: string;
};

/** Writes entries to a new file, a line of JSON each, and to the disk. Throws `Refusal` where that fails, without a file of its own. */
export function write(
  file: string,
  id: string,
  entries: AsyncIterable<ParkedCount>,
): Promise<void> {
  return writeLines(file, withId(id, entries));
}

async function* withId(
  id: string,
  entries: AsyncIterable<ParkedCount>,
): AsyncGenerator<object, void, undefined> {
  for await (const entry of entries) yield { id, ...entry };
}

/** The entries of such a file. */
export async function* read(file: string): AsyncGenerator<ParkedCount, void, undefined> {
  for await (const line of readLines<Line>(file)) yield parsed(line);
}

const parsed = ({ name, delta, window, start, operation, value }: Line): ParkedCount => ({
  ...{ name, delta: BigInt(delta) },
  ...(operation !== undefined && { operation }),
  ...(value !== undefined && { value: BigInt(value) }),
  ...(window !== undefined && { window }),
  ...(start !== undefined && { start: new Date(start) }),
});
