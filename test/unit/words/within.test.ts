import { describe, expect, test } from 'vitest';
import { within } from '../../../lib/words/within.js';

const never = new Promise<never>(() => undefined);

describe('within a time', () => {
  test('a promise that is fulfilled has settled', async () => {
    expect(await within(60_000, Promise.resolve('value'))).toBe(true);
  });

  test('a promise that is rejected has settled too, and its error goes nowhere', async () => {
    expect(await within(60_000, Promise.reject(new Error('failed')))).toBe(true);
  });

  test('a promise that does not settle is not waited for longer', async () => {
    expect(await within(5, never)).toBe(false);
    expect(await within(0, never)).toBe(false);
  });

  test('a promise that is rejected afterwards does not surface', async () => {
    let reject: (error: Error) => void = () => undefined;
    const late = new Promise<void>((_, onReject) => {
      reject = onReject;
    });
    expect(await within(1, late)).toBe(false);
    reject(new Error('too late'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('no timer is left behind', async () => {
    const timers = () =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    await within(60_000, Promise.resolve());
    expect(timers()).toBe(before);
  });
});
