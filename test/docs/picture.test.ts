import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { draw, pictures } from '../../scripts/picture.mjs';
import { readDocument } from './markdown.js';

describe('the pictures', () => {
  test.each(pictures())(
    'are those of their texts, by "npm run picture": $path',
    ({ path, svg }) => {
      expect(readFileSync(path, 'utf8')).toBe(svg);
    },
  );

  test('show what their texts say, on light pages and on dark ones', () => {
    const svg = draw(
      'title: T\ncolumns: a | b | c | d\n# no step\ncount → redis: one < / two\nredis: in it\n',
    );
    for (const words of ['>T<', '>a<', '>d<', '>one &lt;<', '>two<', '>in it<']) {
      expect(svg).toContain(words);
    }
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.match(/class="arrow"/g)).toHaveLength(1);
    expect(svg.match(/class="box"/g)).toHaveLength(1);
    expect(svg).not.toContain('no step');
    expect(() => draw('title: T\ncolumns: a\nnowhere → redis: lost\n')).toThrow('nowhere');
  });
});

test('the glossary has every word of the protocol', () => {
  const listed = Array.from(
    readDocument('docs/glossary.md').matchAll(/^\| \*\*(\w+)\*\*/gm),
    ([, word]) => word,
  );
  const words = ['generation', 'fence', 'seq', 'nonce', 'base', 'cold', 'parcel', 'lane', 'entry'];
  expect(listed).toEqual(expect.arrayContaining([...words, 'slot', 'due', 'tick']));
});
