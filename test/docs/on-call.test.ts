import { expect, test } from 'vitest';
import { readArguments } from '../../lib/cli/arguments.js';
import { VERBS } from '../../lib/cli/verbs.js';
import { outboxStuck } from '../../lib/operating/findings.js';
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

test('what FC-OUTBOX says is told apart by the words of the problem', () => {
  const text = section(page, 'FC-OUTBOX').split('\n\n');
  const [waits = '', refused = ''] = text.flatMap((part) => /"(.+)"/.exec(part)?.[1] ?? []);
  const says = (outbox: { oldestMs: number; refused: number }): string =>
    outboxStuck({ outbox: { waiting: 3, ...outbox }, patience: 30_000 })?.text ?? '';
  const [ofWaiting, ofRefused] = [
    says({ oldestMs: 60_000, refused: 0 }),
    says({ oldestMs: 60_000, refused: 2 }),
  ];
  expect(ofWaiting).toContain(waits.replace('…', '60'));
  expect(ofWaiting).not.toContain(refused);
  expect(ofRefused).toContain(refused);
  expect(ofRefused).not.toContain(waits.replace('…', '60'));
});

test('each command is understood', () => {
  const commands = [...page.matchAll(/npx fastcounter ([^`\n]+)/g)].map(([, words = '']) => words);
  expect(commands.length).toBeGreaterThan(10);
  for (const words of commands) expect(() => readArguments(words.split(' '), VERBS)).not.toThrow();
});
