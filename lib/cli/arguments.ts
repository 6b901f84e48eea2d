import { parseArgs } from 'node:util';
import { PLACE_OPTIONS } from './place.js';
import { Refusal } from './refusal.js';
import type { Options, Verb, VerbOption } from './verb.js';

/** Options that every verb has, beside those of the place. */
export const SHARED_OPTIONS: Readonly<Record<string, VerbOption>> = {
  json: { does: 'answer JSON' },
  help: { does: 'tell what the verb does, and end' },
};

/** Options of the verbs that change something. */
export const WRITING_OPTIONS: Readonly<Record<string, VerbOption>> = {
  yes: { does: 'do it; without it, only say what would be done' },
  'dry-run': { does: 'only say what would be done, also with --yes' },
  by: { value: 'WHO', does: 'who does it, for events and logs; default: your user and host' },
};

const VERSION_OPTION: VerbOption = { does: 'tell the version, and end' };

export interface Given {
  /** Undefined where none was named. */
  verb: Verb | undefined;
  operands: string[];
  options: Options;
}

/** What the verb understands, by name. */
export const optionsOf = (verb: Verb): Readonly<Record<string, VerbOption>> => ({
  ...verb.options,
  ...(verb.writes === true ? WRITING_OPTIONS : {}),
  ...SHARED_OPTIONS,
  ...PLACE_OPTIONS,
});

/** Reads the command line. Throws `Refusal` for what no verb, or not this one, understands. */
export function readArguments(given: readonly string[], verbs: readonly Verb[]): Given {
  const known = Object.assign({}, ...verbs.map(optionsOf)) as Record<string, VerbOption>;
  const { values, positionals } = parsed(given, known);
  const { verb, words } = verbOf(positionals, verbs);
  const operands = positionals.slice(words);
  if (verb === undefined || values.help === true) return { verb, operands, options: values };
  const allowed = optionsOf(verb);
  const wrong = Object.keys(values).find((name) => !Object.hasOwn(allowed, name));
  if (wrong !== undefined) throw new Refusal(`"${verb.name}" has no option --${wrong}`);
  const { least, most } = verb.operands;
  if (operands.length < least) throw new Refusal(`"${verb.name}" needs ${verb.takes}`);
  if (operands.length > most) {
    throw new Refusal(`"${verb.name}" does not take ${JSON.stringify(operands[most])}`);
  }
  return { verb, operands, options: values };
}

function parsed(
  given: readonly string[],
  known: Readonly<Record<string, VerbOption>>,
): { values: Options; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries({ ...known, version: VERSION_OPTION }).map(([name, option]) => [
      name,
      {
        type: option.value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: option.multiple === true,
      },
    ]),
  );
  try {
    const read = parseArgs({ args: [...given], options, allowPositionals: true, strict: true });
    // what has a value is a text, or a list of texts
    return { values: read.values as Options, positionals: read.positionals };
  } catch (error) {
    // the first sentence says what is wrong, the others how to write a name with a dash
    const [first = ''] = (error as Error).message.split('. ');
    throw new Refusal(first);
  }
}

/** A verb may be two words: `parked show`. */
function verbOf(
  positionals: readonly string[],
  verbs: readonly Verb[],
): { verb: Verb | undefined; words: number } {
  for (const words of [2, 1]) {
    const name = positionals.slice(0, words).join(' ');
    const verb = verbs.find((it) => it.name === name);
    if (verb !== undefined) return { verb, words: name.split(' ').length };
  }
  const [first] = positionals;
  if (first === undefined) return { verb: undefined, words: 0 };
  throw new Refusal(`There is no verb ${JSON.stringify(first)}`);
}

/** A whole number among the options; undefined where it was not given. */
export function numberOf(options: Options, name: string, least = 1): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= least && /^\d+$/.test(String(given))) return value;
  throw new Refusal(
    `--${name} must be a whole number from ${least} on, not ${JSON.stringify(given)}`,
  );
}

export const textOf = (options: Options, name: string): string | undefined => {
  const given = options[name];
  return typeof given === 'string' ? given : undefined;
};

export const textsOf = (options: Options, name: string): readonly string[] => {
  const given = options[name];
  return Array.isArray(given) ? given : [];
};
