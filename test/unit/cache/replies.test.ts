import { describe, expect, test } from 'vitest';
import { parseAdd, parseClaim } from '../../../lib/cache/redis/protocol/replies.js';

const applied = (outcomes: unknown[], wake: unknown = ''): unknown[] => [
  'applied',
  wake,
  outcomes,
  0,
  0,
];

describe('a reply of Redis', () => {
  test.each([
    ['a total that is no number', applied(['0', 'total', 'x', '0', '0'])],
    ['a total with a fraction', applied(['0', 'total', '1.5', '0', '0'])],
    ['a total that is cut off', applied(['0', 'total', '1'])],
    ['an outcome that does not exist', applied(['0', 'splendid'])],
    ['an outcome of no operation', applied(['first', 'cold'])],
    ['a job at no time', applied([], ['1-2', 'soon', ''])],
    ['a status that does not exist', ['done']],
  ])('with %s is an error', (_, reply) => {
    expect(() => parseAdd(reply)).toThrow(TypeError);
  });

  test('with a delta that is no number is no batch', () => {
    expect(() => parseClaim(['batch', [' seq', '1', 'a', 'many']])).toThrow(TypeError);
  });

  test('with parts as they are is understood', () => {
    expect(parseAdd(applied(['2', 'total', '-9223372036854775808', '0', '7']))).toMatchObject({
      outcomes: new Map([
        [2, { kind: 'total', base: '-9223372036854775808', batch: '0', pending: '7' }],
      ]),
    });
  });
});
