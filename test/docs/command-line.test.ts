import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../lib/cli/arguments.js';
import { generalHelp, verbHelp } from '../../lib/cli/help.js';
import { readArguments } from '../../lib/cli/arguments.js';
import { PLACE_OPTIONS } from '../../lib/cli/place.js';
import { VERBS } from '../../lib/cli/verbs.js';
import { verdictOf } from '../../lib/operating/verdict.js';
import { PROBLEM_TABLE } from '../../lib/operating/problem-table.js';
import { quoted, readDocument, section, tableRows } from './markdown.js';

const page = readDocument('docs/command-line.md');

test('the table of verbs is that of the help', () => {
  const rows = tableRows(section(page, 'Verbs'));
  const help = VERBS.map(({ name, takes, does }) => [`\`${`${name} ${takes}`.trimEnd()}\``, does]);
  expect(rows).toEqual(help);
  const printed = generalHelp(VERBS).join('\n');
  for (const [, does = ''] of rows) expect(printed).toContain(does);
});

test('the table of places has each option with its variables', () => {
  const rows = tableRows(section(page, 'Where the counts are'));
  expect(
    rows.map(([option = '', variables = '']) => [...quoted(option), ...quoted(variables)]),
  ).toEqual(
    Object.entries(PLACE_OPTIONS).map(([name, { value, variables }]) => [
      `--${name} ${value}`,
      ...variables,
    ]),
  );
});

test('what is down is named', () => {
  const [, named = ''] = /`DOWN` is one of (.*)\. Other/.exec(page) ?? [];
  const codes = PROBLEM_TABLE.map(([code]) => code).filter(
    (code) => verdictOf([{ code }]) === 'DOWN',
  );
  expect(quoted(named).toSorted()).toEqual(codes.toSorted());
});

describe.each(VERBS.map((verb) => [verb.name, verb] as const))('the help of "%s"', (_, verb) => {
  test('has each option, and examples that are understood', () => {
    const help = verbHelp(verb).join('\n');
    for (const name of Object.keys(optionsOf(verb))) expect(help).toContain(`--${name}`);
    expect(verb.examples.length).toBeGreaterThan(0);
    for (const example of verb.examples) {
      const words = example.replace(/ [<>|].*$/, '').split(' ');
      expect(readArguments(words, VERBS).verb, example).toBe(verb);
    }
  });
});
