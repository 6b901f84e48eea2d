import { optionsOf } from './arguments.js';
import { facts } from './output/table.js';
import { PLACE_OPTIONS } from './place.js';
import type { Verb, VerbOption } from './verb.js';

const usage = ({ name, takes }: Verb): string => `${name} ${takes}`.trimEnd();

/** What `fastcounter --help` prints. */
export function generalHelp(verbs: readonly Verb[]): string[] {
  return [
    'Looks at counters of nestjs-fastcounter, and mends them. It changes nothing without --yes.',
    '',
    'Usage: fastcounter VERB [options]',
    '',
    ...facts(verbs.map((verb) => [`  ${usage(verb)}`, verb.does])),
    '',
    'Where the counts are:',
    '',
    ...described(PLACE_OPTIONS),
    '',
    'Addresses with passwords belong into the environment: others can read a command line.',
    '',
    'Exit status: 0 all is well or done, 1 degraded or done in part, 2 down or a server is away, 64 the command line is wrong.',
    '',
    'fastcounter VERB --help tells more, with examples.',
  ];
}

/** What `fastcounter VERB --help` prints. */
export function verbHelp(verb: Verb): string[] {
  const place = Object.keys(PLACE_OPTIONS);
  const own = Object.entries(optionsOf(verb)).filter(([name]) => !place.includes(name));
  return [
    `Usage: fastcounter ${usage(verb)} [options]`,
    '',
    verb.does,
    ...verb.teaches.flatMap((text) => ['', text]),
    '',
    ...described(Object.fromEntries(own)),
    '',
    `Where the counts are: ${place.map((name) => `--${name}`).join(' ')}, or the environment; see fastcounter --help.`,
    '',
    verb.examples.length === 1 ? 'Example:' : 'Examples:',
    '',
    ...verb.examples.map((example) => `  fastcounter ${example}`),
  ];
}

const described = (
  options: Readonly<Record<string, VerbOption & { variables?: readonly string[] }>>,
): string[] =>
  facts(
    Object.entries(options).map(([name, { value, does, variables, multiple }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      [
        does,
        multiple === true ? ' (may be repeated)' : '',
        variables === undefined ? '' : ` [${variables.join(', ')}]`,
      ].join(''),
    ]),
  );
