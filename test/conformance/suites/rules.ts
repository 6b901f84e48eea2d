import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';

const LONG = 600_000;

export function rules({ open }: Subject): void {
  test('who says its rules is told those of others, and how long ago they were said', async () => {
    const cache = open();
    expect(await cache.rules('one', LONG)).toEqual([]);
    expect(await cache.rules('one', LONG)).toEqual([]);
    expect(await cache.rules('two ☃ 2', LONG)).toEqual([
      { said: 'one', age: expect.any(Number) as number },
    ]);
    const said = async (own: string): Promise<string[]> =>
      (await cache.rules(own, LONG)).map((other) => other.said).sort();
    expect(await said('')).toEqual(['one', 'two ☃ 2']);
    expect(await said('one')).toEqual(['', 'two ☃ 2']);
    const ageOf = async (other: string): Promise<number> =>
      (await cache.rules('one', LONG)).find((it) => it.said === other)?.age ?? NaN;
    await sleep(20);
    await cache.rules('', LONG);
    expect(await ageOf('two ☃ 2')).toBeGreaterThanOrEqual(19);
    expect(await ageOf('')).toBeLessThan(await ageOf('two ☃ 2'));
  });

  test('what nobody said for as long as it is to be known is forgotten', async () => {
    const cache = open();
    await cache.rules('one', LONG);
    await sleep(20);
    expect(await cache.rules('two', 10)).toEqual([]);
    expect(await cache.rules('three', LONG)).toMatchObject([{ said: 'two' }]);
  });
}
