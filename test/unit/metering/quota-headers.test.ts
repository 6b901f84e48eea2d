import { expect, onTestFinished, test, vi } from 'vitest';
import { headersOf } from '../../../lib/metering/quota/quota-headers.js';
import type { CountWindow } from '../../../lib/index.js';

const NOW = Date.UTC(2026, 10, 28, 12, 0, 30);
const MINUTE = { start: NOW - 30_000, end: NOW + 30_000 };
const spanOf = (): typeof MINUTE => MINUTE;

interface Quota {
  name: string;
  limit?: bigint;
  used?: bigint;
  window?: CountWindow;
  allowed?: boolean;
}

function headers(...quotas: Quota[]): Record<string, string> {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  onTestFinished(() => void vi.useRealTimers());
  const answered = quotas.map(({ name, limit, used = 1n, window, allowed = true }) => {
    const bound = { counter: name, limit, window, delta: 1n };
    return { rule: { name, limit: limit ?? Infinity }, bound, used, allowed };
  });
  return Object.fromEntries(headersOf({ asked: answered, answered, spanOf }));
}

test('of a quota in a window have its length and what is left of it', () => {
  expect(headers({ name: 'burst', limit: 100n, used: 40n, window: 'minute' })).toEqual({
    'RateLimit-Limit': '100',
    'RateLimit-Remaining': '60',
    'RateLimit-Reset': '30',
    'RateLimit-Policy': '"burst";q=100;w=60',
    RateLimit: '"burst";r=60;t=30',
  });
});

test('leave out quotas without a limit, or with one that no structured field can hold', () => {
  expect(headers({ name: 'endless' })).toEqual({});
  const [most, more] = [10n ** 15n - 1n, 10n ** 15n];
  const told = headers(
    { name: 'endless' },
    { name: 'more', limit: more },
    { name: 'most', limit: most },
  );
  expect(told).toMatchObject({ 'RateLimit-Limit': String(most) });
  expect(told['RateLimit-Policy']).toBe(`"most";q=${most}`);
  expect(told.RateLimit).toBe(`"most";r=${most - 1n}`);
  expect(headers({ name: 'more', limit: more })).toEqual({
    'RateLimit-Limit': String(more),
    'RateLimit-Remaining': String(more - 1n),
  });
});

test('have names as strings of printable ASCII', () => {
  const { RateLimit } = headers({ name: 'a "b" \\ c, größe', limit: 1n });
  expect(RateLimit).toBe('"a \\"b\\" \\\\ c, gr%C3%B6%C3%9Fe";r=0');
});
