import { type FileHandle, open, rm } from 'node:fs/promises';
import type { ParkedCount } from '../../operating/parked-entry.js';
import { reasonOf } from '../../words/quote.js';
import { asJson } from '../output/json.js';
import { Refusal } from '../refusal.js';

/** An entry as a line of the file has it. */
type Line = Omit<ParkedCount, 'delta' | 'start' | 'value'> & {
  delta: number | string;
  value?: number | string;
  start?: string;
};

/** Lines that are written together. */
const TOGETHER = 1000;

/** Writes entries to a new file, a line of JSON each, and to the disk. Throws `Refusal` where that fails, without a file of its own. */
export async function write(
  file: string,
  id: string,
  entries: AsyncIterable<ParkedCount>,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch(refuse);
  let lines: string[] = [];
  const put = async (): Promise<void> => {
    await handle.appendFile(lines.join('')).catch(refuse);
    lines = [];
  };
  try {
    for await (const entry of entries) {
      if (lines.push(lineOf(id, entry)) === TOGETHER) await put();
    }
    await put();
    await handle.sync().catch(refuse);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Readers of lines take these two for their ends. */
const lineOf = (id: string, entry: ParkedCount): string =>
  `${asJson({ id, ...entry })
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')}\n`;

function refuse(error: unknown): never {
  throw new Refusal(
    `The file of --export was not written, and nothing dropped: ${reasonOf(error)}`,
  );
}

/** The entries of such a file. */
export async function* read(file: string): AsyncGenerator<ParkedCount, void, undefined> {
  const handle: FileHandle = await open(file);
  try {
    for await (const line of handle.readLines()) yield parsed(JSON.parse(line) as Line);
  } finally {
    await handle.close();
  }
}

const parsed = ({ name, delta, window, start, operation, value }: Line): ParkedCount => ({
  ...{ name, delta: BigInt(delta) },
  ...(operation !== undefined && { operation }),
  ...(value !== undefined && { value: BigInt(value) }),
  ...(window !== undefined && { window }),
  ...(start !== undefined && { start: new Date(start) }),
});
