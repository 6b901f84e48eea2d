import { describe, expect, it } from 'vitest';
import { members } from './declarations.js';
import { quoted, readDocument, section, tableRows } from './markdown.js';

const types = 'lib/metering/rules/count-calls.types.ts';
const options = section(readDocument('docs/counting-calls.md'), 'Options');
const whole = (cell: string): string => quoted(cell)[0] ?? cell;
// as prettier breaks it
const oneLine = (text = ''): string =>
  text.replace(/\s+/g, ' ').replace(/: \| /g, ': ').replace(/^\| /, '');

describe('the document of @CountCalls()', () => {
  it('has every option with its type and default, in the order of the code', () => {
    const listed = tableRows(options).map(([option = '', type = '', fallback = '']) => ({
      name: whole(option),
      type: whole(type),
      default: fallback.replaceAll('`', ''),
    }));
    const declared = members(types, 'CountCallsOptions').map((option) => ({
      name: option.name,
      type: oneLine(option.type),
      default: option.default?.replaceAll('`', '').replaceAll(/^'(?=\{)|(?<=\})'$/g, "'"),
    }));
    expect(listed).toEqual(declared);
  });

  it('has every property of a call', () => {
    const listed = tableRows(options, 1).map(([property = '']) => whole(property));
    expect(listed).toEqual(members(types, 'CountedCall').map(({ name }) => name));
  });
});
