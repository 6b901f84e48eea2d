import { describe, expect, test } from 'vitest';
import { backOff, pause, spread } from '../../../lib/words/back-off.js';

describe('pauses between attempts', () => {
  test('double up to the longest, however many attempts there were', () => {
    const pauses = { first: 25, longest: 1000 };
    const after = [0, 1, 2, 5, 6, 7, 10_000].map((attempt) => backOff(attempt, pauses));
    expect(after).toEqual([25, 50, 100, 800, 1000, 1000, 1000]);
  });

  test('grow by another factor where one is given', () => {
    const pauses = { first: 4, longest: 10, growth: 1.5 };
    expect([0, 1, 2, 3].map((attempt) => backOff(attempt, pauses))).toEqual([4, 6, 9, 10]);
  });

  test('are spread between two parts of their length', () => {
    const spreads = Array.from({ length: 1000 }, () => spread(100, -0.25, 0.5));
    expect(Math.min(...spreads)).toBeGreaterThanOrEqual(-25);
    expect(Math.max(...spreads)).toBeLessThan(50);
    expect(new Set(spreads).size).toBeGreaterThan(900);
  });

  test('last as long as they are to', async () => {
    const begun = performance.now();
    await pause(20);
    expect(performance.now() - begun).toBeGreaterThan(18);
  });
});
