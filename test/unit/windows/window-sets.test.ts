import { expect, test } from 'vitest';
import { Calendar } from '../../../lib/windows/calendar.js';
import { Windows } from '../../../lib/windows/windows.js';

const NOON = Date.UTC(2026, 5, 15, 12);
const DAY = 86_400_000;

const kept = (): Windows =>
  new Windows([{ prefix: '', windows: ['day', 'month'] }], new Calendar('UTC'));

test('a moment of the past does not take the place of the present one', () => {
  const [windows, other] = [kept(), kept()];
  const set = windows.of('counter');
  const present = set?.at(NOON);
  expect(set?.ofPast(NOON + 1)).toBe(present);
  expect(set?.ofPast(NOON - DAY)).toEqual({
    start: Date.UTC(2026, 5, 14),
    end: Date.UTC(2026, 5, 15),
    suffixes: other.of('counter')?.at(NOON - DAY).suffixes,
  });
  expect(set?.at(NOON + 1)).toBe(present);
});
