import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';

export function rules({ open }: Subject): void {
  test('the rules of the process that started last are remembered, and who only looks changes nothing', async () => {
    const cache = open();
    expect(await cache.rules('looks first', false)).toBe('');
    expect(await cache.rules('one', true)).toBe('looks first');
    expect(await cache.rules('two', true)).toBe('one');
    expect(await cache.rules('one', false)).toBe('two');
    expect(await cache.rules('two', false)).toBe('two');
    expect(await cache.rules('three ☃', true)).toBe('two');
    expect(await cache.rules('', false)).toBe('three ☃');
  });
}
