import { open, rm } from 'node:fs/promises';
import { reasonOf } from '../../words/quote.js';
import { Refusal } from '../refusal.js';
import { asJson } from './json.js';

/** Lines that are written together. */
const TOGETHER = 1000;

/** Writes a new file, a line of JSON for each of these, and to the disk. Throws `Refusal` where that fails, without a file of its own. */
export async function writeLines(file: string, entries: AsyncIterable<object>): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch(refuse);
  let lines: string[] = [];
  const put = async (): Promise<void> => {
    await handle.appendFile(lines.join('')).catch(refuse);
    lines = [];
  };
  try {
    for await (const entry of entries) {
      if (lines.push(lineOf(entry)) === TOGETHER) await put();
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

/** What such a file has. */
export async function* readLines<Line>(file: string): AsyncGenerator<Line, void, undefined> {
  const handle = await open(file);
  try {
    for await (const line of handle.readLines()) yield JSON.parse(line) as Line;
  } finally {
    await handle.close();
  }
}

/** Readers of lines take these two for their ends. */
const lineOf = (entry: object): string =>
  `${asJson(entry).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;

function refuse(error: unknown): never {
  throw new Refusal(
    `The file of --export was not written, and nothing dropped: ${reasonOf(error)}`,
  );
}
