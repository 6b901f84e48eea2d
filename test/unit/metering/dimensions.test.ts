import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Dimensions,
  InvalidArgumentError,
  InvalidCounterNameError,
  meteredName,
  parseMeteredName,
} from '../../../lib/index.js';
import { checkCounterName } from '../../../lib/input/counter-name.js';
import { countersOf } from '../../../lib/metering/service/dimensions.js';

const HOSTILE = [
  '',
  'acme',
  ' outer space ',
  '\t',
  ',',
  '{}',
  '}{',
  '{tenant}x',
  '%',
  '%2C',
  '%zz',
  'a%2',
  '100%',
  '\0',
  '\x1f1abc',
  '\n\r',
  'é',
  'e\u0301',
  'ﬁ',
  'A\u030A',
  '日本語',
  '😀',
  '\u2028',
  '__proto__',
  "'; DROP TABLE fast_counter; --",
  '<script>',
];

/** What a metered name is, as one expression. */
function byPattern(text: string): { name: string; dimensions: Record<string, string> } {
  const [, name, keys, values] = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(text) ?? [];
  if (name === undefined) return { name: text, dimensions: {} };
  const encoded = (values ?? '').split(',');
  const decoded = (value: string): string => {
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  };
  const pairs = (keys ?? '').split(',').map((key, i) => [key, decoded(encoded[i] ?? '')] as const);
  return { name, dimensions: Object.fromEntries(pairs) };
}

describe('metered names', () => {
  test.each(HOSTILE)('can be read back with the value %j', (value) => {
    const cases: Record<string, string>[] = [
      { tenant: value },
      { plan: value, tenant: 'b' },
      { a: 'b', z: value },
    ];
    for (const dimensions of cases) {
      const name = meteredName('api.calls', dimensions);
      expect(parseMeteredName(name)).toEqual({ name: 'api.calls', dimensions });
      expect(() => checkCounterName(name)).not.toThrow();
    }
  });

  test('of different dimensions are different', () => {
    const names = HOSTILE.flatMap((value) => [
      meteredName('a', { x: value }),
      meteredName('a', { y: value }),
      ...HOSTILE.map((other) => meteredName('a', { x: value, y: other })),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('do not depend on the order of the dimensions', () => {
    expect(meteredName('a', { b: 1, c: true })).toBe('a{b,c}1,true');
    expect(meteredName('a', { c: true, b: 1 })).toBe('a{b,c}1,true');
    expect(meteredName('any {name}')).toBe('any {name}');
  });

  test('without dimensions are themselves', () => {
    for (const name of ['a', 'a b', 'a{', 'a}b{c', 'a{b}c{d}']) {
      expect(parseMeteredName(name)).toEqual({ name, dimensions: {} });
    }
  });

  test('are read as a plain pattern reads them, whatever they hold', () => {
    const pieces = ['a', '{', '}', ',', '%2C', '%', '__proto__'];
    let names = [''];
    for (let length = 1; length <= 5; length++) {
      names = names.flatMap((name) => pieces.map((piece) => `${name}${piece}`));
      const wrong = names.filter(
        (name) => !isDeepStrictEqual(parseMeteredName(name), byPattern(name)),
      );
      expect(wrong).toEqual([]);
    }
  });

  test('are kept for every combination, or for those that are named', () => {
    expect(countersOf('a', { t: 1, p: 2 })).toEqual(['a', 'a{t}1', 'a{p}2', 'a{p,t}2,1']);
    expect(countersOf('a', { t: 1, p: 2 }, [['t', 'p']])).toEqual(['a', 'a{p,t}2,1']);
    expect(countersOf('a', {})).toEqual(['a']);
    expect(countersOf('a', { a: 1, b: 1, c: 1, d: 1 })).toHaveLength(16);
    expect(new Set(countersOf('a', { a: 1, b: 1, c: 1, d: 1 })).size).toBe(16);
  });

  test('are as long as the names that are kept, however long one of all dimensions would be', () => {
    const dimensions = { tenant: 'acme', path: 'x'.repeat(180), agent: 'y'.repeat(1000) };
    const combinations = [['tenant'], ['path']];
    expect(countersOf('a', dimensions, combinations)).toEqual([
      ...['a', 'a{tenant}acme', `a{path}${'x'.repeat(180)}`],
    ]);
    expect(() => countersOf('a', dimensions, [['tenant', 'agent']])).toThrow(
      InvalidCounterNameError,
    );
    expect(() => countersOf('a', dimensions)).toThrow('has more than 191 characters');
  });

  test.each<[unknown, string]>([
    [{ t: 'acme', other: null }, 'Dimension "other" must be a string, a number or a boolean'],
    [{ t: 'acme', other: NaN }, 'Dimension "other" must be a finite number'],
    [{ t: 'acme', other: '\ud800' }, 'Dimension "other" must be well-formed'],
    [{ t: 'acme', 'x y': 1 }, 'The name of a dimension must be a letter'],
  ])('are refused for a dimension that no combination names: %j', (dimensions, message) => {
    expect(() => countersOf('a', dimensions as Dimensions, [['t']])).toThrow(InvalidArgumentError);
    expect(() => countersOf('a', dimensions as Dimensions, [['t']])).toThrow(message);
    expect(() => countersOf('a{b}', { t: 1 }, [])).toThrow('must be a string without { and }');
  });

  test('of thousands of dimensions are refused for that, before any of them is looked at', () => {
    let looked = 0;
    const many: Dimensions = Object.create(
      null,
      Object.fromEntries(
        Array.from({ length: 20_000 }, (_, index) => [
          `k${index}`,
          { enumerable: true, get: () => looked++ },
        ]),
      ),
    ) as Dimensions;
    for (const make of [
      () => meteredName('r', many),
      () => countersOf('r', many),
      () => countersOf('r', many, [['k0']]),
    ]) {
      expect(make).toThrow(InvalidArgumentError);
      expect(make).toThrow('20000 dimensions are too many');
    }
    expect(looked).toBe(0);
  });

  test.each<[() => unknown, string]>([
    [() => meteredName('a{b}', { t: 1 }), 'must be a string without { and }'],
    [() => meteredName('a', { '': 1 }), 'The name of a dimension must be a letter'],
    [() => meteredName('a', { 'b,c': 1 }), 'The name of a dimension must be a letter'],
    [() => meteredName('a', { t: null as unknown as string }), 'Dimension "t" must be a string'],
    [
      () => meteredName('a', { t: Object.create(null) as string }),
      'Dimension "t" must be a string, a number or a boolean',
    ],
    [() => meteredName('a', { t: '\ud800' }), 'Dimension "t" must be well-formed'],
    [
      () => countersOf('a', { a: 1, b: 1, c: 1, d: 1, e: 1 }),
      '5 dimensions would make 32 counters',
    ],
    [
      () => countersOf('a', { a: 1 }, [['b']]),
      'combinations name "b", which is not among the dimensions',
    ],
    [() => countersOf('a', { a: 1 }, [['toString']]), 'combinations name "toString"'],
  ])('are refused: %s', (make, message) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });
});
