import type { ProblemCode } from '../../lib/index.js';
import { asked, type Ended } from '../cli/command.js';
import { readDocument, section } from '../docs/markdown.js';
import type { Operated } from './operated.js';

const page = readDocument('docs/on-call.md');

/** The id and the file of the examples of the page. */
const EXAMPLES = ['p0-8f2c', 'parked.ndjson'] as const;

/**
 * Runs the command that docs/on-call.md names for a problem, word for word but for the id and the file of the examples: the one whose words
 * begin so. With `yes`, as the page says to mean it.
 */
export async function documented(
  { place }: Operated,
  code: ProblemCode,
  begin: string,
  { id = '', file = '', yes = false }: { id?: string; file?: string; yes?: boolean } = {},
): Promise<Ended & { data: unknown }> {
  const commands = [...section(page, code).matchAll(/`npx fastcounter ([^`\n]+)`/g)];
  const found = commands.map(([, words = '']) => words).find((words) => words.startsWith(begin));
  if (found === undefined) {
    throw new Error(`docs/on-call.md has no command "fastcounter ${begin}" for ${code}`);
  }
  const given = found
    .split(' ')
    .map((word) => (word === EXAMPLES[0] ? id : word === EXAMPLES[1] ? file : word));
  return asked(place, yes && !given.includes('--yes') ? [...given, '--yes'] : given);
}
