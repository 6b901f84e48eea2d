import { expect, test } from 'vitest';
import { CacheUnavailableError } from '../../../lib/errors.js';
import { isMistake } from '../../../lib/incidents/is-mistake.js';

const around = (cause: unknown): Error => new CacheUnavailableError('no answer', { cause });

test('an error of the program is a mistake, also inside an error of this package', () => {
  const mistakes = [new TypeError('x is not a function'), new RangeError('Invalid array length')];
  for (const mistake of mistakes)
    expect([mistake, around(mistake)].map(isMistake)).toEqual([true, true]);
});

test('an error of a server is none', () => {
  expect([new Error('ECONNREFUSED'), around(new Error('ECONNREFUSED'))].map(isMistake)).toEqual([
    false,
    false,
  ]);
});

test('a stack that a driver overflows is none, as while a cluster loses a node', () => {
  const overflow = (): void => overflow();
  let thrown: unknown;
  try {
    overflow();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RangeError);
  expect(isMistake(thrown)).toBe(false);
});
