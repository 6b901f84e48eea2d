import { describe, expect, it } from 'vitest';
import { InvalidOptionsError } from '../../lib/index.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { type Declaration, members } from './declarations.js';
import { quoted, readDocument, section, tableRows } from './markdown.js';

interface Row {
  option: string;
  type: string;
  default: string;
  meaning: string;
}

const rows: Row[] = tableRows(section(readDocument('README.md'), 'Options')).map(
  ([option = '', type = '', fallback = '', meaning = '']) => ({
    option: unquoted(option),
    type: unquoted(type),
    default: fallback,
    meaning,
  }),
);
const inQueue = members('lib/queue/queue-options.ts', 'CounterQueueOptions');
const options: Declaration[] = members(
  'lib/module/options/options.ts',
  'FastCounterOptions',
).flatMap((option) =>
  option.name === 'queue'
    ? [option, ...inQueue.map((member) => ({ ...member, name: `queue.${member.name}` }))]
    : [option],
);
const defaults = resolveOptions(undefined);
const withDefault = rows.filter((row) => quotedWhole(row.default) !== undefined);

function unquoted(cell: string): string {
  return quoted(cell)[0] ?? cell;
}

/** What a cell holds that is code and nothing else. */
function quotedWhole(cell: string): string | undefined {
  return /^`([^`]+)`$/.exec(cell)?.[1];
}

/** `10_000` is 10000, `'default'` is "default". */
function literal(code: string): unknown {
  if (/^[\d_]+$/.test(code)) return Number(code.replaceAll('_', ''));
  if (code === 'true' || code === 'false') return code === 'true';
  return code.replaceAll("'", '');
}

function resolved(option: string): unknown {
  return option
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      defaults,
    );
}

function given(option: string, value: unknown): object {
  const [last = '', ...outer] = option.split('.').reverse();
  return outer.reduce((inner, key) => ({ [key]: inner }), { [last]: value });
}

describe('the table of options in the README', () => {
  it('has every option of forRoot(), in the order of the code', () => {
    expect(rows.map(({ option }) => option)).toEqual(options.map(({ name }) => name));
  });

  it('has their types', () => {
    expect(rows.map(({ option, type }) => [option, type])).toEqual(
      options.map(({ name, type }) => [name, type]),
    );
  });

  it.each(withDefault)('says what $option is when it is not given: $default', (row) => {
    const documented = literal(unquoted(row.default));
    expect(resolved(row.option)).toBe(documented);
    const comment = options.find(({ name }) => name === row.option)?.default ?? '';
    expect(literal(comment.split(',')[0] ?? '')).toBe(documented);
  });

  it('has a default for every option that has one', () => {
    // groups of options; what is in them has defaults of its own
    const groups = ['queue', 'durableClaims', 'newCounterLimits', 'windows', 'columns'];
    const without = rows.filter(
      (row) => !withDefault.includes(row) && !groups.includes(row.option),
    );
    expect(without.filter(({ option }) => resolved(option) !== undefined)).toEqual([]);
  });

  it.each(rows.filter(({ type }) => type === 'number'))(
    'says from where to where $option goes',
    ({ option, meaning }) => {
      const range = /(\d[\d ]*) to (\d[\d ]*\d)/.exec(meaning);
      const [least, most] = [range?.[1], range?.[2]].map((end) => Number(end?.replaceAll(' ', '')));
      // a key is known for longer than an increment waits, and an increment waits for longer than it lingers
      const others = option === 'idempotencyTtl' ? { acknowledgeTimeout: 100 } : {};
      expect(() => resolveOptions({ ...others, ...given(option, least) })).not.toThrow();
      expect(() => resolveOptions({ ...others, ...given(option, most) })).not.toThrow();
      expect(() => resolveOptions(given(option, Number(least) - 1))).toThrow(InvalidOptionsError);
      expect(() => resolveOptions(given(option, Number(most) + 1))).toThrow(InvalidOptionsError);
    },
  );
});
