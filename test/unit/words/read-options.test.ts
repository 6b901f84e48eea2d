import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { isPlainObject, readOptions } from '../../../lib/words/read-options.js';
import { InvalidArgumentError, meteredName } from '../../../lib/index.js';
import { countersOf } from '../../../lib/metering/service/dimensions.js';

interface Options {
  limit?: number;
}
const read = (given: unknown) => readOptions<Options>(given, new Set(['limit']), 'list()');

class OfRequest {
  limit = 5;
}
class WithAccessor {
  get limit(): number {
    return 5;
  }
}

const ELSE: [string, unknown][] = [
  ['a promise of options', Promise.resolve({ limit: 5 })],
  ['what is awaited', { then: () => undefined }],
  ['a Date', new Date()],
  ['a regular expression', /limit/],
  ['an error', new Error('limit')],
  ['a WeakMap', new WeakMap()],
  ['a boxed number', Object(5)],
  ['an array', []],
  ['a Map', new Map([['limit', 5]])],
  ['an iterator', [].values()],
];

describe('options', () => {
  test.each<[string, unknown]>([
    ['an object', { limit: 5 }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { limit: 5 })],
    ['an object of another realm', runInNewContext('({ limit: 5 })')],
    ['an object of a class', new OfRequest()],
    ['one with accessors', new WithAccessor()],
  ])('may be %s', (_, given) => {
    expect(read(given)).toEqual({ limit: 5 });
  });

  test.each(ELSE)('are not %s', (_, given) => {
    expect(() => read(given)).toThrow(InvalidArgumentError);
  });
});

describe('dimensions', () => {
  test.each<[string, unknown]>([
    ...ELSE.filter(([what]) => what !== 'what is awaited'),
    ['an object of a class', new OfRequest()],
    ['one with accessors', new WithAccessor()],
  ])('are not %s', (_, given) => {
    for (const make of [meteredName, countersOf]) {
      expect(() => make('a', given as never)).toThrow(InvalidArgumentError);
      expect(() => make('a', given as never)).toThrow('dimensions must be a plain object');
    }
  });

  test('are plain objects of whatever realm', () => {
    expect(meteredName('a', runInNewContext('({ k: 1 })') as never)).toBe('a{k}1');
    expect(isPlainObject(Object.create(null))).toBe(true);
  });
});
