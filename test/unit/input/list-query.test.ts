import { describe, expect, test } from 'vitest';
import { listQuery } from '../../../lib/input/list-query.js';
import { InvalidArgumentError } from '../../../lib/errors.js';

const query = listQuery;

describe('the query of list()', () => {
  test('is by name in ascending order, a hundred at most, unless told', () => {
    const defaults = { order: 'name', direction: 'asc', limit: 100 };
    const none = { prefix: undefined, after: undefined, bigint: false };
    expect(query({})).toEqual({ ...defaults, ...none });
  });

  test('is in descending order by value, so that it is a leaderboard', () => {
    expect(query({ order: 'value' })).toMatchObject({ order: 'value', direction: 'desc' });
    expect(query({ order: 'value', direction: 'asc' })).toMatchObject({ direction: 'asc' });
  });

  test('takes every option as it is', () => {
    const options = { prefix: 'views:', order: 'name', direction: 'desc', limit: 1 };
    expect(query(options)).toMatchObject(options);
    expect(query({ limit: 10_000, prefix: '' })).toMatchObject({ limit: 10_000, prefix: '' });
    expect(() => query({ bigint: true })).not.toThrow();
  });

  test('begins behind the last counter of the page before, number or bigint', () => {
    const last = { name: 'a', value: 5, createdAt: new Date(), updatedAt: new Date() };
    expect(query({ after: last }).after).toEqual({ name: 'a', value: 5n });
    expect(query({ after: { name: 'a', value: -(2n ** 63n) } }).after?.value).toBe(-(2n ** 63n));
  });

  test('begins at the beginning when the page before was empty', () => {
    const page: { name: string; value: number }[] = [];
    expect(query({ after: page.at(-1) }).after).toBeUndefined();
  });

  test.each([
    [{ prefx: 'a' }, 'list() has no option "prefx"'],
    [{ prefix: 5 }, 'prefix must be a well-formed string without control characters, not 5'],
    [{ prefix: null }, 'prefix must be a well-formed string without control characters, not null'],
    [{ prefix: 'a\ud83d' }, 'prefix must be a well-formed string'],
    [{ prefix: 'e\u0301' }, 'prefix must be in Unicode normalization form C'],
    [{ prefix: 'a\0' }, 'prefix must be a well-formed string without control characters'],
    [{ order: 'size' }, 'order must be name or value, not "size"'],
    [{ direction: 'up' }, 'direction must be asc or desc, not "up"'],
    [{ direction: 'ASC; DROP TABLE' }, 'direction must be asc or desc'],
    [{ limit: 0 }, 'limit must be a whole number from 1 to 10000, not 0'],
    [{ limit: 10_001 }, 'not 10001'],
    [{ limit: 1.5 }, 'not 1.5'],
    [{ limit: '10' }, 'not "10"'],
    [{ limit: NaN }, 'not NaN'],
    [{ after: { value: 5 } }, 'after must be { name, value }: the last counter of the page before'],
    [{ after: 'a' }, 'after must be { name, value }: the last counter of the page before'],
    [{ after: { name: 'a', value: '5' } }, 'after.value must be a number or a bigint, not "5"'],
    [{ after: { name: 'a', value: 1.5 } }, 'after.value must be a safe integer, not 1.5'],
  ])('may not be %o', (options, message) => {
    expect(() => query(options)).toThrow(InvalidArgumentError);
    expect(() => query(options)).toThrow(message);
  });
});
