import { describe, expect, test } from 'vitest';
import { documents, readDocument } from './markdown.js';

const folder = 'docs/decisions/';
const records = documents().filter((path) => /decisions\/\d{4}-/.test(path));

describe('the decisions', () => {
  test.each(records)('%s has a status, a context, a decision and consequences', (path) => {
    const text = readDocument(path);
    expect(text).toMatch(/^# .+\n\n\*\*Status\*\*: (?:accepted|superseded)/);
    const headings = Array.from(text.matchAll(/^## (.*)$/gm), ([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Consequences']);
    for (const section of text.split(/^## .*$/m)) expect(section.trim()).not.toBe('');
  });

  test('are listed by number and title', () => {
    const listed = Array.from(
      readDocument(`${folder}README.md`).matchAll(/^(\d+)\. \[(.*)\]\((.*)\)$/gm),
      ([, number, title, file]) => ({
        number: Number(number),
        title,
        path: `${folder}${file ?? ''}`,
      }),
    );
    const there = records.map((path) => ({
      number: Number(/(\d{4})-/.exec(path)?.[1]),
      title: /^# (.*)$/m.exec(readDocument(path))?.[1],
      path,
    }));
    expect(listed).toEqual(there);
  });
});
