import { describe, expect, test } from 'vitest';
import {
  FastCounterError,
  InvalidArgumentError,
  MeteringService,
  ParkedCounts,
  parseMeteredName,
} from '../../lib/index.js';
import { useApplication } from '../support/use-application.js';

type Method = (...args: unknown[]) => unknown;

const angry = (): never => {
  throw new RangeError('nobody reads me');
};
const traps = { get: angry, has: angry, ownKeys: angry, getOwnPropertyDescriptor: angry };
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

function* failing(): Generator<string> {
  yield 'a';
  angry();
}

/** None of them is right anywhere, but for some numbers and strings. */
const STRANGE: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a huge bigint', 2n ** 200n],
  ['an empty string', ''],
  ['a string', 'views'],
  ['a long string', 'x'.repeat(500)],
  ['a lone surrogate', '\ud800'],
  ['true', true],
  ['a symbol', Symbol('views')],
  ['a function', angry],
  ['an array', [1, 'a', null]],
  ['a Map', new Map([['updateInterval', 5]])],
  ['a Set', new Set(['tenant'])],
  ['an invalid Date', new Date(NaN)],
  ['a Date', new Date()],
  ['a promise', Promise.resolve(5)],
  ['an error', new Error('views')],
  ['a regular expression', /views/],
  ['an object without a prototype', Object.create(null)],
  [
    'an object whose getters throw',
    Object.defineProperties(
      {},
      {
        name: { get: angry, enumerable: true },
        dimensions: { get: angry, enumerable: true },
        window: { get: angry, enumerable: true },
      },
    ),
  ],
  [
    'an object that prints itself as an error',
    { toString: angry, toJSON: angry, [Symbol.toPrimitive]: angry },
  ],
  ['a proxy that throws', new Proxy({}, traps)],
  ['a proxy of a function that throws', new Proxy(angry, traps)],
  ['a revoked proxy', revoked],
  ['an iterable that throws', { [Symbol.iterator]: failing }],
];

/** Methods of both services with arguments that are right; each is made wrong in turn. */
const CALLS: Record<string, readonly unknown[]> = {
  incr: ['a', 1, { updateInterval: 0, idempotencyKey: 'k', windows: ['day'] }],
  incrMany: [[{ name: 'a', delta: 1, updateInterval: 0, idempotencyKey: 'k', windows: ['day'] }]],
  incrAndGet: ['a', 1, { updateInterval: 0, idempotencyKey: 'k', windows: ['day'], bigint: true }],
  tryIncr: ['a', 1, { max: 5, min: 0, window: 'day', updateInterval: 0, windows: ['day'] }],
  incrOnce: ['a', 'k', { within: 1000, delta: 1, updateInterval: 0, windows: ['day'] }],
  undoOnce: ['a', 'k'],
  getCount: ['a', { bigint: true }],
  getCounts: [['a'], { bigint: true }],
  set: ['a', 5],
  reset: ['a', { bigint: true }],
  delete: [['a']],
  list: [
    { prefix: 'a', order: 'value', direction: 'asc', limit: 1, after: { name: 'a', value: 1 } },
  ],
  flush: [['a']],
  'metering.record': [
    'a',
    1,
    { dimensions: { t: 'x' }, combinations: [['t']], updateInterval: 0, windows: ['day'] },
  ],
  'metering.total': ['a', { t: 'x' }, { bigint: true }],
  'metering.list': [
    'a',
    { groupBy: ['t'], order: 'value', limit: 1, after: { dimensions: { t: 'x' }, value: 1 } },
  ],
  'metering.series': ['a', { window: 'day', from: 0, to: 1, dimensions: { t: 'x' }, bigint: true }],
  'metering.consume': [
    'a',
    { limit: 5, window: 'day', delta: 1, dimensions: { t: 'x' }, updateInterval: 0, bigint: true },
  ],
};

/** The same value, with one place in it replaced: every place that there is, deep. */
function* replaced(value: unknown, by: unknown): Generator {
  yield by;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const other of replaced(item, by)) yield value.with(index, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const other of replaced(item, by)) yield { ...value, [key]: other };
    }
  }
}

function* variants(args: readonly unknown[], by: unknown): Generator<unknown[]> {
  for (const [index, given] of args.entries()) {
    for (const other of replaced(given, by)) yield args.with(index, other);
  }
}

describe('wrong arguments', () => {
  const started = useApplication({ mode: 'embedded', updateInterval: 3_600_000 });

  const methodOf = (path: string): Method => {
    const { app, counters } = started();
    const [owner, name] = path.startsWith('metering.')
      ? [app.get(MeteringService), path.slice('metering.'.length)]
      : [counters, path];
    const method = Reflect.get(owner, name) as Method;
    return method.bind(owner);
  };

  test.each(Object.keys(CALLS))(
    '%s() rejects them with an error of ours, or takes them',
    async (path) => {
      const call = methodOf(path);
      for (const [what, strange] of STRANGE) {
        for (const args of variants(CALLS[path] ?? [], strange)) {
          let answered: unknown;
          try {
            answered = call(...args);
          } catch (error) {
            throw new Error(`${path}() threw instead of rejecting: ${what}`, { cause: error });
          }
          expect(answered).toBeInstanceOf(Promise);
          const error = await Promise.resolve(answered).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error === undefined) continue;
          if (error instanceof FastCounterError) continue;
          throw new Error(`${path}() of ${what} rejected with another error`, { cause: error });
        }
      }
    },
  );

  test.each(STRANGE)(
    '%s is no parcel, and no metered name unless it is a text',
    async (_, strange) => {
      const parked = started().app.get(ParkedCounts);
      const id = strange as string;
      for (const called of [parked.entries(id).next(), parked.replay(id), parked.discard(id)]) {
        await expect(called).rejects.toThrow(InvalidArgumentError);
      }
      if (typeof strange === 'string') expect(parseMeteredName(id).dimensions).toEqual({});
      else expect(() => parseMeteredName(id)).toThrow(InvalidArgumentError);
    },
  );

  const misspelt: [string, unknown[], string][] = [
    [
      'incr',
      ['x', 1, { idempotentKey: 'k' }],
      'incr() has no option "idempotentKey"; it has updateInterval, idempotencyKey, windows',
    ],
    ['incr', ['x', 1, { window: 'day' }], 'incr() has no option "window"'],
    [
      'incrMany',
      [[{ name: 'x', windws: ['day'] }]],
      'incrMany() has no option "windws"; it has name, delta,',
    ],
    ['incrAndGet', ['x', 1, { bigInt: true }], 'incrAndGet() has no option "bigInt"'],
    ['tryIncr', ['x', 1, { max: 1, windw: 'day' }], 'tryIncr() has no option "windw"'],
    ['getCount', ['x', { bigInt: true }], 'getCount() has no option "bigInt"; it has bigint'],
    ['getCounts', [['x'], { bigInt: true }], 'getCounts() has no option "bigInt"'],
    ['reset', ['x', { window: 'day' }], 'reset() has no option "window"'],
    ['list', [{ prefx: 'x' }], 'list() has no option "prefx"; it has prefix, order'],
    [
      'metering.record',
      ['x', 1, { dimension: { t: 1 } }],
      'record() has no option "dimension"; it has dimensions',
    ],
    ['metering.total', ['x', {}, { bigInt: true }], 'total() has no option "bigInt"'],
    [
      'metering.list',
      ['x', { groupBy: 't', prefix: 'x' }],
      'list() has no option "prefix"; it has groupBy',
    ],
    [
      'metering.series',
      ['x', { window: 'day', from: 0, until: 1 }],
      'series() has no option "until"',
    ],
    [
      'metering.consume',
      ['x', { limit: 5, windw: 'month' }],
      'consume() has no option "windw"; it has limit, window',
    ],
    [
      'metering.consume',
      ['x', { limit: 5, windows: ['day'] }],
      'consume() has no option "windows"',
    ],
  ];
  test.each(misspelt)(
    '%s() refuses options that it does not have: %o',
    async (path, args, message) => {
      const called = methodOf(path)(...args) as Promise<unknown>;
      await expect(called).rejects.toThrow(InvalidArgumentError);
      await expect(called).rejects.toThrow(message);
      expect(await started().counters.getCount('x')).toBe(0);
    },
  );

  const wrong: [string, unknown[], string][] = [
    [
      'tryIncr',
      ['y', 1, { min: 5, max: 4 }],
      'min (5) must not be above max (4): no total is within them',
    ],
    ['tryIncr', ['y', 1, { min: 5n, max: 4 }], 'min (5) must not be above max (4)'],
    ['getCount', ['y', { bigint: 'yes' }], 'bigint must be true or false, not "yes"'],
    ['list', [{ prefix: 'e\u0301' }], 'prefix must be in Unicode normalization form C'],
    [
      'metering.record',
      ['y', 1, { dimensions: null }],
      "dimensions must be a plain object, such as { plan: 'free' }, not null",
    ],
    [
      'metering.record',
      ['y', 1, { dimensions: new Map([['t', 1]]) }],
      'dimensions must be a plain object',
    ],
    ['metering.record', ['y', 1, { dimensions: ['t'] }], 'dimensions must be a plain object'],
    [
      'metering.record',
      ['y', 1, { dimensions: { d: undefined } }],
      'Dimension "d" must be a string, a number or a boolean, not undefined',
    ],
    [
      'metering.record',
      ['y', 1, { dimensions: { d: NaN } }],
      'Dimension "d" must be a finite number, not NaN',
    ],
    [
      'metering.record',
      ['y', 1, { dimensions: { a: 1, d: Infinity }, combinations: [['a']] }],
      'Dimension "d" must be a finite number',
    ],
    [
      'metering.record',
      ['y', 1, { dimensions: { a: 1 }, combinations: ['a'] }],
      'Each of combinations must be an array of dimensions, not "a"',
    ],
    [
      'metering.record',
      ['y', 1, { dimensions: { a: 1 }, combinations: 'a' }],
      'combinations must be an array of arrays',
    ],
    [
      'metering.record',
      ['y', 1, { combinations: [['a']] }],
      'combinations need the option dimensions',
    ],
    ['metering.total', ['y', new Map()], 'dimensions must be a plain object'],
    ['metering.series', ['y'], 'The options of series() must be an object, not undefined'],
    ['metering.series', ['y', {}], 'window must be minute'],
    ['metering.list', ['y'], 'The options of list() must be an object, not undefined'],
    ['metering.list', ['y', { groupBy: ['v', 'v'] }], 'groupBy must name a dimension once'],
    ['metering.list', ['y', { groupBy: 'v,w' }], 'The name of a dimension must be a letter'],
    ['metering.list', ['y', { groupBy: [5] }], 'The name of a dimension must be a letter'],
    [
      'metering.list',
      ['y', { groupBy: 't', after: { dimensions: { u: 1 }, value: 1 } }],
      'after must be the last part of the page before',
    ],
    ['metering.consume', ['y', { limit: -5 }], 'limit must not be below 0, not -5'],
    ['metering.consume', ['y', { limit: NaN }], 'limit must be a safe integer, not NaN'],
    ['metering.consume', ['y', {}], 'limit must be a number or a bigint, not undefined'],
    ['metering.consume', ['y', { limit: -Infinity }], 'limit must be a safe integer'],
    ['metering.consume', ['y'], 'The options of consume() must be an object, not undefined'],
  ];
  test.each(wrong)('%s(%o) is refused: %s', async (path, args, message) => {
    const called = methodOf(path)(...args) as Promise<unknown>;
    await expect(called).rejects.toThrow(InvalidArgumentError);
    await expect(called).rejects.toThrow(message);
    expect(await started().counters.getCount('y')).toBe(0);
  });
});
