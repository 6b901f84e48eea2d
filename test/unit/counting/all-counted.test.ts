import { expect, test } from 'vitest';
import { allCounted } from '../../../lib/counting/all-counted.js';
import {
  IdempotencyConflictError,
  OutcomeUnknownError,
  ShutDownError,
} from '../../../lib/errors.js';
import { startCounting } from '../../support/counting.js';
import { refused } from '../../support/faulty-cache.js';

const counted = Promise.resolve();
const conflict = new IdempotencyConflictError('a', 'key');
const unknown = new OutcomeUnknownError('m');
const shutDown = new ShutDownError();

const answerOf = (...errors: (Error | undefined)[]): Promise<unknown> =>
  allCounted(errors.map((error) => (error ? Promise.reject(error) : counted))).catch(
    (error: unknown) => error,
  );

test('a call of which all is counted, or nothing, is answered so', async () => {
  expect(await answerOf(undefined, undefined)).toBeUndefined();
  expect(await answerOf(shutDown, shutDown)).toBe(shutDown);
  expect(await answerOf(conflict, shutDown)).toBe(conflict);
});

test('an error of one counter says nothing of the others', async () => {
  expect(await answerOf(undefined, conflict)).toBe(conflict);
});

test('a call of which some may be counted is never answered with an error that denies that', async () => {
  expect(await answerOf(shutDown, unknown)).toBe(unknown);
  expect(await answerOf(undefined, conflict, unknown)).toBe(unknown);
  for (const errors of [
    [undefined, shutDown],
    [shutDown, undefined, conflict],
  ]) {
    const error = await answerOf(...errors);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: shutDown });
    expect((error as Error).message).toContain(`1 of the ${errors.length} increments`);
  }
});

test('a call that the shutdown cuts in two is neither counted nor refused', async () => {
  const { buffer, cache } = await startCounting();
  cache.faults.push((run) => run(), ...Array.from({ length: 100 }, () => refused));
  const increments = Array.from({ length: 700 }, (_, index) => buffer.add(`c-${index}`, 1, 60_000));
  const call = allCounted(increments);
  await cache.called(2);
  buffer.close();
  expect(buffer.abandon()).toBe(200);
  await expect(call).rejects.toThrow('500 of the 700 increments of this call were counted');
});
