import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { reasonOf } from '../../words/quote.js';
import { Refusal } from '../refusal.js';

export interface NamedTotal {
  name: string;
  value: bigint;
}

/**
 * Totals of a file, line by line, or of standard input for `-`: a line is JSON with name and value, or a name, a comma, a semicolon or a tab, and
 * a whole number. Throws `Refusal` with the line that is neither.
 */
export async function* readTotals(file: string): AsyncGenerator<NamedTotal> {
  const input = file === '-' ? process.stdin : createReadStream(file, 'utf8');
  const lines = createInterface({ input, crlfDelay: Infinity });
  const broken: Refusal[] = [];
  input.once('error', (error: unknown) => {
    broken.push(new Refusal(`${file} cannot be read: ${reasonOf(error)}`));
    lines.close();
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '' || (number === 1 && /^name[,;\t]value$/i.test(line.trim()))) continue;
    const total = line.startsWith('{') ? ofJson(line) : ofColumns(line);
    if (total === undefined) {
      throw new Refusal(
        `Line ${number} of ${file} must be NAME,VALUE or {"name": …, "value": …} with a whole number, not ${JSON.stringify(line.slice(0, 100))}`,
      );
    }
    yield total;
  }
  if (broken[0] !== undefined) throw broken[0];
}

function ofColumns(line: string): NamedTotal | undefined {
  const [, quoted, plain, value] =
    /^(?:"((?:[^"]|"")*)"|([^"].*))[,;\t]\s*(-?\d+)\s*$/.exec(line) ?? [];
  const name = quoted === undefined ? plain : quoted.replaceAll('""', '"');
  if (name === undefined || value === undefined) return undefined;
  return { name, value: BigInt(value) };
}

function ofJson(line: string): NamedTotal | undefined {
  try {
    const { name, value } = JSON.parse(line) as { name?: unknown; value?: unknown };
    const isWhole =
      Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value));
    if (typeof name !== 'string' || !isWhole) return undefined;
    return { name, value: BigInt(value as string) };
  } catch {
    return undefined;
  }
}
