import { expect, test } from 'vitest';
import { readArguments } from '../../lib/cli/arguments.js';
import { VERBS } from '../../lib/cli/verbs.js';
import { PROBLEM_TABLE } from '../../lib/operating/problem-table.js';
import { readDocument, section } from './markdown.js';

const page = readDocument('docs/on-call.md');
const codes = PROBLEM_TABLE.map(([code]) => code);

test('each problem has a section, in the order of the status', () => {
  const headings = [...page.matchAll(/^### (FC-[A-Z-]+)$/gm)].map(([, code]) => code);
  expect(headings).toEqual(codes);
});

test('each problem is led to by a symptom', () => {
  const symptoms = section(page, 'Symptoms');
  expect(codes.filter((code) => !symptoms.includes(`](#${code.toLowerCase()})`))).toEqual([]);
});

test('each command is understood', () => {
  const commands = [...page.matchAll(/npx fastcounter ([^`\n]+)/g)].map(([, words = '']) => words);
  expect(commands.length).toBeGreaterThan(10);
  for (const words of commands) expect(() => readArguments(words.split(' '), VERBS)).not.toThrow();
});
